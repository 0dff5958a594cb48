/** state.json, which the monitor writes, and what it means when the monitor is no more. */
import { readFileSync } from 'node:fs'
import { isLocked, type Store, systemCode, ioError, writeAtomic } from '../../store/index.js'
import type { Status } from '../types.js'

export interface ProbeResult {
  startNs: string
  endNs: string
  exitCode: number
  /** Base64. */ output: string
}

export interface LaunchFailure {
  section: number
  index: number
  operation: number
  errno: number
}

export interface ContainerState {
  version: 1
  bootId: string
  status: 'created' | 'running' | 'paused' | 'restarting' | 'exited'
  pid: number
  startedAtNs: string
  finishedAtNs: string
  /** -1: unknown, because the monitor died. */
  exitCode: number
  signal: number
  oomKilled: boolean
  timedOut: boolean
  restartCount: number
  stoppedByUser: boolean
  health?: { status: 'none' | 'starting' | 'healthy' | 'unhealthy'; failingStreak: number; log: ProbeResult[] }
  failure?: LaunchFailure
}

export const unknownExitCode = -1

const initial: ContainerState = {
  version: 1,
  bootId: '',
  status: 'created',
  pid: 0,
  startedAtNs: '0',
  finishedAtNs: '0',
  exitCode: 0,
  signal: 0,
  oomKilled: false,
  timedOut: false,
  restartCount: 0,
  stoppedByUser: false,
}

export function statePath(store: Store, id: string): string {
  return `${store.containerDirectory(id)}/state.json`
}

/** What the monitor wrote last; a container that was never started is 'created'. */
export function readState(store: Store, id: string): ContainerState {
  const path = statePath(store, id)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { ...initial }
    throw ioError(`Cannot read ${path}`, error, { path, id })
  }
  try {
    return { ...initial, ...(JSON.parse(text) as ContainerState) }
  } catch {
    // A power cut before the blocks were on the disk; what it said is lost.
    return { ...initial, status: 'exited', exitCode: unknownExitCode }
  }
}

/** Only for a container without a monitor, by whoever holds its run directory. */
export function writeState(store: Store, id: string, state: ContainerState): void {
  writeAtomic(statePath(store, id), JSON.stringify(state))
}

export function isLive(status: Status): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting'
}

/** Whether a monitor holds the container's run directory. */
export function hasMonitor(store: Store, id: string): boolean {
  return isLocked(store.runDirectory(id))
}

/** The state as it is now: one that says 'running' while nobody monitors it has ended, with an unknown code. */
export function currentState(store: Store, id: string): ContainerState & { stale: boolean } {
  const state = readState(store, id)
  if (!isLive(state.status) || hasMonitor(store, id)) return { ...state, stale: false }
  // The monitor may have finished its work between the two looks.
  const again = readState(store, id)
  if (!isLive(again.status)) return { ...again, stale: false }
  return { ...again, status: 'exited', pid: 0, exitCode: unknownExitCode, stale: true }
}
