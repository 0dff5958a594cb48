import { join } from 'node:path'
import { addon, type FileName, nativeDirectory } from './addon.js'
import { Channel } from './channel.js'

let executable: string | undefined

/**
 * Starts a monitor: `descriptors[i]` becomes its slot i (-1: an empty slot). The caller keeps its own copies and closes them. The monitor is
 * reaped by the addon when it ends.
 */
export function spawnMonitor(program: Uint8Array, descriptors: readonly number[]): { pid: number; channel: Channel } {
  executable ??= join(nativeDirectory(), 'gantry-monitor')
  return spawnExecutable(executable, program, descriptors)
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
