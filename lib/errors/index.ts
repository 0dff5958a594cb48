/** Every error that Gantry raises has one of these codes; the texts say when it is raised. */
export const errorCodes = {
  ERR_INVALID_OPTION: 'an option is unknown, malformed or contradicts another',
  ERR_NOT_SUPPORTED: 'this machine or this version cannot do what was asked',
  ERR_ISOLATION: 'the machine cannot give the isolation that was asked for',
  ERR_MISSING_PROGRAM: 'a program of the host that is needed is not installed',
  ERR_PERMISSION: 'the calling user may not do this',
  ERR_CONTAINER_NOT_FOUND: 'no container has this id or name',
  ERR_CONTAINER_STATE: 'the container is not in a state in which this can be done',
  ERR_AMBIGUOUS_ID: 'the id prefix fits several objects',
  ERR_NAME_IN_USE: 'another object has this name',
  ERR_IMAGE_NOT_FOUND: 'no image has this id or name',
  ERR_IMAGE_IN_USE: 'a container uses the image',
  ERR_IMAGE_INVALID: 'an image, a layer or an archive is malformed or hostile',
  ERR_USER_NOT_FOUND: 'the user or group is not in the image',
  ERR_COMMAND_NOT_FOUND: 'the program is not in the container (exit code 127)',
  ERR_COMMAND_NOT_EXECUTABLE: 'the program cannot be executed (exit code 126)',
  ERR_MOUNT: 'a mount cannot be made',
  ERR_LIMIT: 'a limit cannot be had on this machine',
  ERR_LAUNCH: 'the kernel refused a step of the launch',
  ERR_MONITOR: 'the monitor of the container did not answer or has died',
  ERR_EXIT_CODE: 'the command ended with another exit code than 0',
  ERR_MAX_BUFFER: 'the command printed more than maxBuffer',
  ERR_PATH_NOT_FOUND: 'no such path in the container',
  ERR_PATH: 'a path cannot be used in this way',
  ERR_NOT_READY: 'the container did not become ready',
  ERR_ABORTED: 'the AbortSignal fired',
  ERR_TIMEOUT: 'the time limit passed',
  ERR_DISK_FULL: 'the disk is full',
  ERR_IO: 'an operation on the host failed',
} as const

export type ErrorCode = keyof typeof errorCodes

export interface ErrorDetails {
  errno?: number
  syscall?: string
  /** The object's id. */ id?: string
  path?: string
  /** What to do next. */ hint?: string
  cause?: unknown
}

/** The one error class of Gantry. `message` says what was being done and with what, `hint` what to do next. */
export class GantryError extends Error {
  readonly code: ErrorCode
  readonly errno?: number
  readonly syscall?: string
  readonly id?: string
  readonly path?: string
  readonly hint?: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(details.hint ? `${message}\n  hint: ${details.hint}` : message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GantryError'
    this.code = code
    this.errno = details.errno
    this.syscall = details.syscall
    this.id = details.id
    this.path = details.path
    this.hint = details.hint
  }
}
