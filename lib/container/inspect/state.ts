/** `State` of docker inspect. */
import type { ContainerInfo } from '../types.js'

/** A probe as state.json has it: nanoseconds since the epoch as texts, output in base64. */
interface ProbeRecord {
  startNs: string
  endNs: string
  exitCode: number
  output: string
}

/** What state.json has of the health. */
export interface HealthRecord {
  status?: ContainerInfo['health']
  failingStreak: number
  log: readonly ProbeRecord[]
}

/** Go's zero time: "never". */
const NEVER = '0001-01-01T00:00:00Z'
const SIGNAL_BASE = 128

export function dockerState(
  info: ContainerInfo,
  signal: number,
  health?: HealthRecord,
) {
  const { status } = info
  // What was said last stays there when the container has ended.
  const said = info.health === 'none' ? (health?.status ?? 'none') : info.health
  return {
    Status: status,
    Running: status === 'running' || status === 'paused' || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: info.oomKilled,
    Dead: status === 'dead',
    Pid: info.pid,
    ExitCode: exitCode(info, signal),
    Error: info.error,
    StartedAt: info.startedAt?.toISOString() ?? NEVER,
    FinishedAt: info.finishedAt?.toISOString() ?? NEVER,
    ...(said === 'none'
      ? {}
      : {
          Health: {
            Status: said,
            FailingStreak: health?.failingStreak ?? 0,
            Log: (health?.log ?? []).map(dockerProbe),
          },
        }),
  }
}

/** A code that is not known is Docker's 255 for a container that was lost. */
function exitCode(info: ContainerInfo, signal: number): number {
  if (signal > 0) return SIGNAL_BASE + signal
  if (info.exitCode !== null) return info.exitCode
  return info.status === 'exited' || info.status === 'dead' ? 255 : 0
}

function dockerProbe({ startNs, endNs, exitCode, output }: ProbeRecord) {
  return {
    Start: instant(startNs),
    End: instant(endNs),
    ExitCode: exitCode,
    Output: Buffer.from(output, 'base64').toString(),
  }
}

function instant(nanoseconds: string): string {
  const value = BigInt(nanoseconds)
  const fraction = String(value % 1_000_000_000n).padStart(9, '0')
  return `${new Date(Number(value / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}
