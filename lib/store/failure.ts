import { GantryError, type ErrorCode, type ErrorDetails } from '../errors/index.js'

/** What a failed system call of Node or of the addon looks like. */
export interface SystemFailure extends Error {
  code?: string
  errno?: number
  syscall?: string
  path?: string
}

const codes: Record<string, ErrorCode> = {
  ENOSPC: 'ERR_DISK_FULL',
  EDQUOT: 'ERR_DISK_FULL',
  EACCES: 'ERR_PERMISSION',
  EPERM: 'ERR_PERMISSION',
  EROFS: 'ERR_PERMISSION',
  EMFILE: 'ERR_LIMIT',
  ENFILE: 'ERR_LIMIT',
}

const hints: Partial<Record<ErrorCode, string>> = {
  ERR_DISK_FULL: 'free some space there, or put the roots of the engine (GANTRY_ROOT, GANTRY_RUN_ROOT) on another disk',
  ERR_LIMIT: 'too many files are open at once: raise the limit (ulimit -n), or start less at a time',
  ERR_PERMISSION: 'run as the user who owns the directory, or set GANTRY_ROOT and GANTRY_RUN_ROOT to directories of your own',
}

/** The `code` of a failed system call ('ENOENT', ...), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as SystemFailure | undefined)?.code
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/**
 * A GantryError for a system call that failed while `doing` ('writing the state of web'). ERR_DISK_FULL, ERR_PERMISSION or ERR_IO,
 * with errno, system call and path. A GantryError is handed through as it is.
 */
export function ioError(doing: string, error: unknown, details: ErrorDetails = {}): GantryError {
  if (error instanceof GantryError) return error
  const failure = error as SystemFailure
  const code = codes[systemCode(error) ?? ''] ?? 'ERR_IO'
  const reason = failure instanceof Error ? failure.message : String(error)
  return new GantryError(code, `${doing}: ${reason}`, {
    errno: typeof failure?.errno === 'number' ? Math.abs(failure.errno) : undefined,
    syscall: failure?.syscall,
    path: failure?.path,
    hint: hints[code],
    cause: error,
    ...details,
  })
}
