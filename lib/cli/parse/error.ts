import { GantryError } from '../../errors/index.js'

/** A command line that cannot be carried out as written. Printed with the usage line of its command; ends with `exitCode`. */
export class UsageError extends GantryError {
  /** 125 for a flag, 1 for a wrong number of arguments, as docker does. */
  readonly exitCode: number
  /** How the user is pointed at the help: docker uses 'See' for a missing argument and 'Run' for all else. */
  readonly pointer: 'Run' | 'See'
  /** Whether docker's program name stands before the message. */
  readonly prefixed: boolean

  constructor(message: string, details: { exitCode?: number; pointer?: 'Run' | 'See'; prefixed?: boolean } = {}) {
    super('ERR_INVALID_OPTION', message)
    this.exitCode = details.exitCode ?? 125
    this.pointer = details.pointer ?? 'Run'
    this.prefixed = details.prefixed ?? false
  }
}

/** A failure with an exit code of its own, printed as `gantry: <message>` unless the message is empty (then it has been said already). */
export class CommandError extends GantryError {
  readonly exitCode: number

  constructor(message: string, exitCode = 1, hint?: string) {
    super('ERR_INVALID_OPTION', message, { hint })
    this.exitCode = exitCode
  }
}
