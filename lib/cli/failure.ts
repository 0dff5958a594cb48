import { GantryError } from '../errors/index.js'
import { withoutControls } from './format/text.js'
import { type Command, CommandError, UsageError, usageLine } from './parse/index.js'

export interface FailureContext {
  /** The words of the command: 'gantry run'. */
  program: string
  command: Command | undefined
  debug: boolean
  stderr: NodeJS.WriteStream
}

/** Tells the user what went wrong, as docker words it, and gives the exit code. */
export function reportError(error: unknown, { program, command, debug, stderr }: FailureContext): number {
  const say = (text: string) => void stderr.write(`${stderr.isTTY ? withoutControls(text) : text}\n`)
  if (debug && error instanceof Error) say(error.stack ?? error.message)
  if (error instanceof UsageError) {
    const usage = command ? `\n${usageLine(program, command)}\n` : ''
    say(`${error.prefixed ? 'gantry: ' : ''}${error.message}\n${usage}\n${error.pointer} '${program} --help' for more information`)
    return error.exitCode
  }
  const message = error instanceof Error ? error.message : String(error)
  if (message !== '') {
    say(`gantry: ${message}`)
    if (!debug && !(error instanceof GantryError) && error instanceof Error && !('code' in error)) say(`  this looks like a fault of gantry; 'gantry --debug ${program.slice(7)} ...' shows where it comes from`)
    if (command?.failureCode === 125) say(`\nRun '${program} --help' for more information`)
  }
  return exitCodeOf(error, command)
}

/** 127 and 126 for a program that cannot be found or executed, the error's own code, else the command's. */
export function exitCodeOf(error: unknown, command: Command | undefined): number {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof GantryError && command?.runsPrograms) {
    if (error.code === 'ERR_COMMAND_NOT_FOUND') return 127
    if (error.code === 'ERR_COMMAND_NOT_EXECUTABLE') return 126
  }
  return command?.failureCode ?? 1
}
