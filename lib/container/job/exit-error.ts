import { type ErrorCode, GantryError } from '../../errors/index.js'
import type { RunResult } from '../types.js'

const shownBytes = 2000

/** A job that ended in a way that its caller did not want; `result` is what it would have resolved with. */
export class JobError extends GantryError {
  readonly result: RunResult<string | Buffer>

  constructor(code: ErrorCode, message: string, result: RunResult<string | Buffer>, details: { hint?: string; id?: string } = {}) {
    super(code, message, details)
    this.result = result
  }
}

/** As execa says it: the command, how it ended, and the end of what it printed. */
export function exitError(command: readonly string[], result: RunResult<string | Buffer>, id: string): JobError {
  const printed = (result.stderr.length > 0 ? result.stderr : result.stdout).toString().trimEnd()
  const shown = printed.length > shownBytes ? `...${printed.slice(-shownBytes)}` : printed
  return new JobError('ERR_EXIT_CODE', `Command ${reason(result)}: ${commandText(command)}${shown && `\n\n${shown}`}`, result, { id })
}

export function commandText(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}

function reason(result: RunResult<string | Buffer>): string {
  if (result.timedOut) return `was ended after its time limit (${Math.round(result.durationMs)} ms)`
  if (result.oomKilled) return `was killed for memory, with exit code ${result.exitCode}`
  if (result.signal !== null) return `was ended by ${result.signal}`
  return `failed with exit code ${result.exitCode}`
}
