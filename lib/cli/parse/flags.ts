import { parseBoolean, parseBytes, parseBytesOrUnbounded, parseDecimal, parseGoDuration, parseInteger, parseUnsigned } from './numbers.js'

/** What each kind of flag gives to its command. */
export interface FlagKinds {
  bool: boolean
  string: string
  int: number
  uint: number
  decimal: number
  /** A number of bytes. */ bytes: number
  /** A number of bytes, or -1. */ swap: number
  /** Milliseconds. */ duration: number
  /** May be given several times; every value is kept, in order. */ list: string[]
}

export type FlagKind = keyof FlagKinds

/** One row of a command's table: parsing, help and completion are all made from it. */
export interface Flag<Kind extends FlagKind = FlagKind> {
  kind: Kind
  short?: string
  help: string
  /** The word for the value in the help; the kind's own by default. */
  word?: string
  /** Used when the flag is absent; booleans default to false, lists to []. */
  default?: FlagKinds[Kind]
  /** The default as the help shows it, where that is not the plain value. */
  shown?: string
  /** Other long names with the same meaning. */
  aliases?: readonly string[]
  /** Accepted, and left out of the help. */
  hidden?: boolean
  /** Throws what is wrong with a value that the kind accepts. */
  check?: (text: string) => unknown
  /** Values worth completing. */
  values?: readonly string[]
}

export type Flags = { readonly [name: string]: Flag }

type Value<Row extends Flag> = Row['kind'] extends 'bool'
  ? boolean
  : Row['kind'] extends 'list'
    ? string[]
    : Row extends { default: FlagKinds[FlagKind] }
      ? FlagKinds[Row['kind']]
      : FlagKinds[Row['kind']] | undefined

/** The values of a table's flags, by their long names. */
export type FlagValues<Table extends Flags> = { [Name in keyof Table]: Value<Table[Name]> }

/** The word that stands for the value in the help; a boolean has none. */
export const kindWords: Record<FlagKind, string> = {
  bool: '', string: 'string', int: 'int', uint: 'uint', decimal: 'decimal', bytes: 'bytes', swap: 'bytes', duration: 'duration', list: 'list',
}

const readers: Record<FlagKind, (text: string) => string | number | boolean> = {
  bool: parseBoolean,
  string: (text) => text,
  int: parseInteger,
  uint: parseUnsigned,
  decimal: parseDecimal,
  bytes: parseBytes,
  swap: parseBytesOrUnbounded,
  duration: parseGoDuration,
  list: (text) => text,
}

/** Reads one value of a flag; throws a plain Error that says what is wrong with it. */
export function readValue(flag: Flag, text: string): string | number | boolean {
  const value = readers[flag.kind](text)
  flag.check?.(text)
  return value
}
