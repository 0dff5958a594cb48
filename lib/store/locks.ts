import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { flock } from '../native/index.js'
import { ioError, systemCode } from './failure.js'

/** An exclusive lock on a directory (flock). It ends with `release`, or with the process and whoever inherited the descriptor. */
export interface Lock extends Disposable {
  readonly descriptor: number
  release(): void
}

/** Waiting is done by asking again: a flock that blocks in libuv's pool could hold the very thread that its holder needs. */
const patience = [0, 1, 1, 2, 4, 8, 16, 25]

/** In this process the waiters of one directory stand in a queue, so that the lock is handed on in order. */
const queues = new Map<string, Promise<void>>()

/** Wait for the lock of a directory. ERR_ABORTED when the signal fires first; ERR_IO (errno ENOENT) when the directory is gone. */
export async function lockDirectory(path: string, options: { signal?: AbortSignal } = {}): Promise<Lock> {
  const { signal } = options
  const before = queues.get(path)
  let leave = () => {}
  const turn = new Promise<void>((resolve) => {
    leave = resolve
  })
  const tail = (before ?? Promise.resolve()).then(() => turn)
  queues.set(path, tail)
  try {
    if (before) await orAborted(before, path, signal)
    for (let round = 0; ; round++) {
      if (signal?.aborted) throw aborted(path, signal)
      const lock = tryLockDirectory(path)
      if (lock) return handedOn(lock, leave)
      await pause(patience[Math.min(round, patience.length - 1)]!)
    }
  } catch (error) {
    leave()
    throw error
  } finally {
    void tail.then(() => {
      if (queues.get(path) === tail) queues.delete(path)
    })
  }
}

/** A lock whose release lets the next waiter of this process go on. */
function handedOn(lock: Lock, leave: () => void): Lock {
  const release = () => {
    lock.release()
    leave()
  }
  return { descriptor: lock.descriptor, release, [Symbol.dispose]: release }
}

/** Take the lock of a directory if nobody holds it. */
export function tryLockDirectory(path: string): Lock | null {
  for (let round = 0; round < 10; round++) {
    const descriptor = openDirectory(path)
    let kept = false
    try {
      if (flock(descriptor, 'exclusive', false)) {
        if (isSame(descriptor, path)) {
          kept = true
          return heldLock(descriptor)
        }
      } else if (!flock(descriptor, 'shared', false)) return null
      // Only a passing look (isLocked) was in the way, or the directory was exchanged: once more.
    } finally {
      if (!kept) closeSync(descriptor)
    }
  }
  return null
}

/** Whether somebody holds the lock of a directory; false when there is no such directory. */
export function isLocked(path: string): boolean {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw ioError(`Cannot look at the lock of ${path}`, error, { path })
  }
  try {
    return !flock(descriptor, 'shared', false)
  } finally {
    closeSync(descriptor)
  }
}

/** Do something short under the lock of a directory, waiting for it without letting the event loop run. */
export function withDirectoryLockSync<T>(path: string, action: () => T, kind: 'exclusive' | 'shared' = 'exclusive'): T {
  const descriptor = openDirectory(path)
  try {
    flock(descriptor, kind, true)
    return action()
  } finally {
    closeSync(descriptor)
  }
}

function heldLock(descriptor: number): Lock {
  let held = true
  const release = () => {
    if (!held) return
    held = false
    // Not only close: a child that inherited the descriptor would keep the lock alive.
    flock(descriptor, 'unlock', false)
    closeSync(descriptor)
  }
  return { descriptor, release, [Symbol.dispose]: release }
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    throw ioError(`Cannot lock ${path}`, error, { path })
  }
}

function isSame(descriptor: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  const held = fstatSync(descriptor)
  return there !== undefined && there.ino === held.ino && there.dev === held.dev
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function orAborted(promise: Promise<void>, path: string, signal?: AbortSignal): Promise<void> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(path, signal))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    void promise.then(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}

function aborted(path: string, signal: AbortSignal): GantryError {
  return new GantryError('ERR_ABORTED', `Aborted while waiting for the lock of ${path}`, { cause: signal.reason })
}
