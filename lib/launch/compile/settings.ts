/** What the monitor is to do beside running the program: state, log, restarts, probes. */
import type { LaunchOptions } from '../options.js'
import type { ProgramWriter } from '../program.js'
import { cgroupLayout, cgroupPaths, monitorHome } from '../cgroups.js'
import { sections } from '../tables.js'
import type { CgroupPlan } from './cgroups.js'

const POLICIES = { no: 0, 'on-failure': 1, always: 2, 'unless-stopped': 3 } as const
const UNHEALTHY = { none: 0, kill: 1, restart: 2, stop: 3 } as const
const STDIN = { none: 0, open: 1, once: 2 } as const
const SIGTERM = 15

/** The members of a JSON object, without its braces: the monitor puts them between members of its own. */
export function journalAttributes(attributes: Record<string, string>): string {
  return JSON.stringify(attributes).slice(1, -1)
}

export function emitSettings(writer: ProgramWriter, launch: LaunchOptions, cgroups: CgroupPlan, terminal: boolean): void {
  writer.emit('settings', 'monitorState', { directory: launch.directory, id: launch.id, bootId: launch.bootId })
  writer.emit('settings', 'monitorSocket', { directory: launch.runDirectory })
  if (launch.journal) writer.emit('settings', 'monitorJournal', { path: launch.journal.path, attributes: journalAttributes(launch.journal.attributes) })
  writer.emit('settings', 'monitorStreams', {
    mode: launch.streams === 'pumped' ? 1 : 0,
    stdin: STDIN[launch.stdin ?? 'none'],
    terminal: terminal ? 1 : 0,
  })
  if (launch.log) writer.emit('settings', 'monitorLog', launch.log)
  writer.emit('settings', 'monitorLifetime', {
    process: launch.lifetime === 'process' ? 1 : 0,
    timeoutMs: launch.timeoutMs ?? 0,
    stopSignal: launch.stopSignal ?? SIGTERM,
    stopTimeoutMs: launch.stopTimeoutMs ?? 10_000,
  })
  if (launch.restart && launch.restart.policy !== 'no') {
    writer.emit('settings', 'monitorRestart', { policy: POLICIES[launch.restart.policy], maximum: launch.restart.maximum ?? 0, count: launch.restart.count ?? 0 })
  }
  if (launch.health) {
    const { intervalMs, timeoutMs, retries, startPeriodMs, startIntervalMs, onUnhealthy } = launch.health
    writer.emit('settings', 'monitorHealth', {
      section: sections.indexOf('probe'), intervalMs, timeoutMs, retries, startPeriodMs, startIntervalMs, onUnhealthy: UNHEALTHY[onUnhealthy],
    })
  }
  emitCgroupFiles(writer, launch, cgroups)
  if (launch.lifetime === 'detached') writer.emit('settings', 'monitorHome', { files: monitorHome() })
}

function emitCgroupFiles(writer: ProgramWriter, launch: LaunchOptions, cgroups: CgroupPlan): void {
  const { unified, legacy } = cgroupPaths(launch.id)
  const freezer = legacy.freezer !== undefined && cgroups.legacyControllers.includes('freezer') ? `${legacy.freezer}/freezer.state` : ''
  const legacyMemory = cgroups.legacyControllers.includes('memory') ? legacy.memory : undefined
  const unifiedMemory = cgroupLayout().unifiedControllers.has('memory') ? unified : undefined
  const oomCounter = legacyMemory !== undefined ? `${legacyMemory}/memory.oom_control` : unifiedMemory !== undefined ? `${unifiedMemory}/memory.events` : ''
  writer.emit('settings', 'monitorCgroups', {
    kill: unified !== undefined ? `${unified}/cgroup.kill` : '',
    freeze: unified !== undefined ? `${unified}/cgroup.freeze` : freezer,
    events: unified !== undefined ? `${unified}/cgroup.events` : '',
    oomCounter,
    // Watching costs three system calls a start; a job's result says the same when it is over.
    oomEvents: launch.streams === 'pumped' ? oomCounter : '',
  })
}
