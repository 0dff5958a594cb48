import { closeSync, constants, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { ioError } from './failure.js'

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW, O_DIRECTORY, O_RDONLY } = constants

export interface AtomicOptions {
  /** Survive a power cut: fsync the file and its directory. Default false. */
  durable?: boolean
  /** Default 0600. */
  mode?: number
}

/** The name under which a file is written before it is renamed; sweepers know it by this shape. */
export const temporaryName = /\.tmp-[0-9a-f]{16}$/

export function temporaryPath(path: string): string {
  return `${path}.tmp-${randomBytes(8).toString('hex')}`
}

/** Replace a file as a whole: readers see the old or the new content, and a failure (a full disk) leaves the old one and nothing else. */
export function writeAtomic(path: string, data: string | Uint8Array, options: AtomicOptions = {}): void {
  const temporary = temporaryPath(path)
  let descriptor = -1
  try {
    descriptor = openSync(temporary, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, options.mode ?? 0o600)
    writeAll(descriptor, typeof data === 'string' ? Buffer.from(data) : data)
    if (options.durable) fsyncSync(descriptor)
    closeSync(descriptor)
    descriptor = -1
    renameSync(temporary, path)
    if (options.durable) syncDirectory(dirname(path))
  } catch (error) {
    if (descriptor >= 0) closeSync(descriptor)
    try {
      unlinkSync(temporary)
    } catch {
      // It was never made, or is renamed already.
    }
    throw ioError(`Cannot write ${path}`, error, { path })
  }
}

/** Write every byte; one write(2) may take fewer. */
export function writeAll(descriptor: number, data: Uint8Array): void {
  let written = 0
  while (written < data.length) written += writeSync(descriptor, data, written)
}

/** Make the names in a directory survive a power cut. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
