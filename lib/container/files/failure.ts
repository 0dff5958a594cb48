import { GantryError } from '../../errors/index.js'
import type { Space } from './target.js'

/** A failed look-up or write as the error that users see, with docker's words where it has some. */
export function pathError(space: Space, path: string, cause: unknown): GantryError {
  if (cause instanceof GantryError) return cause
  const { code, errno, syscall, message } = cause as NodeJS.ErrnoException
  const shown = space.describe(path)
  const details = { errno, syscall, path, cause }
  if (code === 'ENOENT') return new GantryError('ERR_PATH_NOT_FOUND', `no such path: ${shown}`, details)
  if (code === 'ENOTDIR') return new GantryError('ERR_PATH', `${shown}: not a directory`, details)
  if (code === 'ELOOP') return new GantryError('ERR_PATH', `${shown}: too many symbolic links`, details)
  if (code === 'EROFS')
    return new GantryError('ERR_PATH', `${shown}: the file system is marked read-only`, {
      ...details,
      hint: 'copy to a mount that can be written to',
    })
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new GantryError('ERR_DISK_FULL', `the disk is full while writing ${shown}`, details)
  return new GantryError('ERR_IO', `${shown}: ${message}`, details)
}

export function pathFault(space: Space, path: string, what: string, hint?: string): GantryError {
  return new GantryError('ERR_PATH', `${space.describe(path)}: ${what}`, { path, hint })
}

/** A signal that was made for a timeout carries the error to throw. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  if (signal.reason instanceof GantryError) throw signal.reason
  throw new GantryError('ERR_ABORTED', 'copying files was aborted', { cause: signal.reason })
}

/** The same bytes, and the error that users see in place of a raw one. */
export async function* explained(
  space: Space,
  path: string,
  bytes: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* bytes
  } catch (error) {
    throw pathError(space, path, error)
  }
}
