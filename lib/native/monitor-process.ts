import { join } from 'node:path'
import { addon, type FileName, nativeDirectory } from './addon.js'
import { Channel } from './channel.js'

let executable: string | undefined
const monitorPath = (): string => (executable ??= join(nativeDirectory(), 'gantry-monitor'))

/** A monitor that was started ahead of its work: executing it, and making a network namespace, is then not waited for. */
interface Waiting {
  pid: number
  channel: number
  timer: NodeJS.Timeout
}

/** Starts that follow each other within this time are a series, in which a monitor waits for the next one. */
const seriesMs = 1000
/** A monitor that found no work in this time goes home. */
const patienceMs = 300
let waiting: Waiting | undefined
let lastStart = Number.NEGATIVE_INFINITY

/**
 * Starts a monitor: `descriptors[i]` becomes its slot i (-1: an empty slot). The caller keeps its own copies and closes them. The monitor is
 * reaped by the addon when it ends. In a series of starts one more is kept waiting for the next start, for 300 ms at most.
 */
export function spawnMonitor(program: Uint8Array, descriptors: readonly number[]): { pid: number; channel: Channel } {
  const now = performance.now()
  const isSeries = now - lastStart < seriesMs
  lastStart = now
  const started = employ(program, descriptors) ?? spawnExecutable(monitorPath(), program, descriptors)
  if (isSeries) setImmediate(keepOneWaiting).unref()
  return started
}

function employ(program: Uint8Array, descriptors: readonly number[]): { pid: number; channel: Channel } | undefined {
  if (!waiting) return undefined
  const { pid, channel, timer } = waiting
  waiting = undefined
  clearTimeout(timer)
  if (addon().giveWork(channel, program, descriptors)) return { pid, channel: new Channel(channel) }
  addon().closeDescriptor(channel)
  return undefined
}

function keepOneWaiting(): void {
  if (waiting) return
  try {
    const [pid, channel] = addon().spawnWaiting(monitorPath())
    waiting = { pid, channel, timer: setTimeout(dismissWaiting, patienceMs).unref() }
  } catch {
    // Too many processes or descriptors: the next start will say so if it is still true then.
  }
}

/** Lets the monitor that waits go home: nothing is to be started soon. */
export function dismissWaiting(): void {
  if (!waiting) return
  clearTimeout(waiting.timer)
  addon().closeDescriptor(waiting.channel)
  waiting = undefined
}

/** The same with another monitor's path, for tests. */
export function spawnExecutable(
  path: string,
  program: Uint8Array,
  descriptors: readonly number[],
): { pid: number; channel: Channel } {
  const [pid, fd] = addon().spawnMonitor(path, program, descriptors)
  return { pid, channel: new Channel(fd) }
}

/** Connects to a running monitor by its run directory. Throws ENOENT or ECONNREFUSED when none listens there, EAGAIN when it does not accept. */
export function connectMonitor(runDirectory: FileName): Channel {
  return new Channel(addon().connectMonitor(runDirectory))
}
