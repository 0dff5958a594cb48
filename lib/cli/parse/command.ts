import type { Engine, RootOptions } from '../sdk.js'
import { UsageError } from './error.js'
import type { FlagValues, Flags } from './flags.js'

/** The streams that a command talks to; the process's own, but for tests. */
export interface Streams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/** What a command is given to do its work. */
export interface Invocation<Table extends Flags = Flags> extends Streams {
  /** The words that named the command: 'run', 'container ls'. */
  name: string
  flags: FlagValues<Table>
  given: ReadonlySet<string>
  args: string[]
  /** Where --root and --run-root say that things are. */
  roots: RootOptions
  /** Opens the engine once, on first use. */
  engine(): Promise<Engine>
  /** Writes a line to stdout. */
  print(line: string): void
  /** Writes a line to stderr. */
  warn(line: string): void
}

/** One command: its table of flags, from which parser, help and completion are made, and its act. */
export interface Command<Table extends Flags = Flags> {
  /** The arguments as the usage line shows them: 'CONTAINER [CONTAINER...]'. */
  usage: string
  /** How many arguments there may be. `most` is absent for any number. */
  least: number
  most?: number
  flags: Table
  /** More than the summary, for the help. */
  description?: string
  /** Whether flags may stand after arguments. Default true. */ interspersed?: boolean
  /** Takes whatever is on the command line as arguments. */ anyFlags?: boolean
  /** Resolves to the exit code; 0 when nothing is said. */
  run(invocation: Invocation<Table>): Promise<number | void>
  /** The exit code of a failure that has none of its own. Default 1. */
  failureCode?: number
  /** Whether it executes a program in a container: 127 and 126 say then that the program is missing or cannot be executed. */
  runsPrograms?: boolean
}

/** Gives a command's `run` the types of its own flags. */
export function defineCommand<const Table extends Flags>(command: Command<Table>): Command {
  return command as unknown as Command
}

/** Throws docker's words when there are too few or too many arguments. */
export function checkArguments(command: Command, program: string, count: number): void {
  const { least, most } = command
  if (count >= least && (most === undefined || count <= most)) return
  const plural = (n: number) => `${n} argument${n === 1 ? '' : 's'}`
  const details = { exitCode: 1, prefixed: true } as const
  if (most === 0) throw new UsageError(`'${program}' accepts no arguments`, details)
  if (least === most) throw new UsageError(`'${program}' requires ${plural(least)}`, details)
  if (count < least) throw new UsageError(`'${program}' requires at least ${plural(least)}`, { ...details, pointer: 'See' })
  throw new UsageError(`'${program}' requires at most ${plural(most!)}`, details)
}
