import { setTimeout as sleep } from 'node:timers/promises'
import { addon } from './addon.js'

export type LockKind = 'exclusive' | 'shared' | 'unlock'

const operations = { shared: 1, exclusive: 2, unlock: 8 } as const
const dontWait = 4

/** flock(2). False when another holds it and `wait` is false; with `wait` this blocks the thread. The lock goes with the file description. */
export function flock(fd: number, kind: LockKind, wait: boolean): boolean {
  return addon().lockFile(fd, operations[kind] | (wait ? 0 : dontWait))
}

const longestPauseMs = 20

/**
 * Waits for a lock without blocking the thread. It asks again after pauses of 1 to 20 ms: a blocking call in libuv's pool would starve the
 * very file operations whose end releases the lock, and could not be given up.
 */
export async function flockAsync(fd: number, kind: LockKind, signal?: AbortSignal): Promise<void> {
  for (let pauseMs = 1; !flock(fd, kind, false); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    await sleep(pauseMs, undefined, { signal })
  }
}
