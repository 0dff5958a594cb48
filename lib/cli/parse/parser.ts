import { UsageError } from './error.js'
import { type Flag, type FlagValues, type Flags, readValue } from './flags.js'

export interface Parsed<Table extends Flags> {
  flags: FlagValues<Table>
  /** The long names of the flags that were given. */
  given: ReadonlySet<string>
  args: string[]
  help: boolean
}

export interface ParseOptions {
  /** Whether flags may follow positional arguments. False for run, create and exec: what follows belongs to the container. */
  interspersed?: boolean
}

/** Reads a command line by a table of flags with the rules of docker's own parser (spf13/pflag). */
export function parseFlags<const Table extends Flags>(table: Table, argv: readonly string[], options: ParseOptions = {}): Parsed<Table> {
  const interspersed = options.interspersed ?? true
  const names = new Map<string, [string, Flag]>()
  const shorts = new Map<string, [string, Flag]>()
  const values: Record<string, unknown> = Object.create(null)
  for (const [name, flag] of Object.entries(table)) {
    for (const spelling of [name, ...(flag.aliases ?? [])]) names.set(spelling, [name, flag])
    if (flag.short) shorts.set(flag.short, [name, flag])
    values[name] = flag.default ?? (flag.kind === 'bool' ? false : flag.kind === 'list' ? [] : undefined)
  }
  const given = new Set<string>()
  const args: string[] = []
  let help = false

  const set = (name: string, flag: Flag, text: string) => {
    let value: string | number | boolean
    try {
      value = readValue(flag, text)
    } catch (error) {
      const spelling = flag.short ? `-${flag.short}, --${name}` : `--${name}`
      throw new UsageError(`invalid argument ${JSON.stringify(text)} for "${spelling}" flag: ${(error as Error).message}`)
    }
    if (flag.kind === 'list' && given.has(name)) (values[name] as unknown[]).push(value)
    else values[name] = flag.kind === 'list' ? [value] : value
    given.add(name)
  }

  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') {
      args.push(...argv.slice(i + 1))
      break
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const name = word.slice(2, equals < 0 ? undefined : equals)
      if (name === '') throw new UsageError(`bad flag syntax: ${word}`)
      const row = names.get(name)
      if (!row && name === 'help') {
        help = true
        continue
      }
      if (!row) throw new UsageError(`unknown flag: --${name}`)
      if (equals >= 0) set(...row, word.slice(equals + 1))
      else if (row[1].kind === 'bool') set(...row, 'true')
      else if (++i < argv.length) set(...row, argv[i]!)
      else throw new UsageError(`flag needs an argument: --${name}`)
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at]!
        const row = shorts.get(letter)
        if (!row && letter === 'h') {
          help = true
          continue
        }
        if (!row) throw new UsageError(`unknown shorthand flag: ${JSON.stringify(letter).replaceAll('"', "'")} in -${word.slice(at)}`)
        const rest = word.slice(at + 1)
        if (rest.length > 1 && rest[0] === '=') set(...row, rest.slice(1))
        else if (row[1].kind === 'bool') {
          set(...row, 'true')
          continue
        } else if (rest !== '') set(...row, rest)
        else if (++i < argv.length) set(...row, argv[i]!)
        else throw new UsageError(`flag needs an argument: '${letter}' in -${word.slice(at)}`)
        break
      }
    } else if (interspersed) {
      args.push(word)
    } else {
      args.push(...argv.slice(i))
      break
    }
  }
  return { flags: values as FlagValues<Table>, given, args, help }
}
