/** Reading command lines by tables of flags. */
export { type Command, type Invocation, type Streams, checkArguments, defineCommand } from './command.js'
export { CommandError, UsageError } from './error.js'
export { type Flag, type FlagKind, type FlagKinds, type FlagValues, type Flags, kindWords } from './flags.js'
export { flagLines, helpPage, usageLine } from './help.js'
export { type Parsed, parseFlags } from './parser.js'
export * from './numbers.js'
