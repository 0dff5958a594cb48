import { describe, expect, test } from 'vitest'
import { type Flags, parseFlags, UsageError } from '../../../../lib/cli/parse/index.js'

const table = {
  all: { kind: 'bool', short: 'a', help: '' },
  init: { kind: 'bool', help: '' },
  proxy: { kind: 'bool', default: true, help: '' },
  env: { kind: 'list', short: 'e', help: '' },
  memory: { kind: 'bytes', short: 'm', help: '' },
  swap: { kind: 'swap', help: '' },
  number: { kind: 'int', short: 'n', default: -1, help: '' },
  weight: { kind: 'uint', help: '' },
  cpus: { kind: 'decimal', help: '' },
  interval: { kind: 'duration', help: '' },
  network: { kind: 'string', aliases: ['net'], help: '' },
  interactive: { kind: 'bool', short: 'i', help: '' },
  tty: { kind: 'bool', short: 't', help: '' },
} as const satisfies Flags

const parse = (...argv: string[]) => parseFlags(table, argv)
const refusal = (...argv: string[]) => {
  try {
    parse(...argv)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).exitCode).toBe(125)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

describe('spellings', () => {
  test('nothing gives the defaults', () => {
    const { flags, args, given, help } = parse()
    expect(flags).toMatchObject({ all: false, proxy: true, env: [], memory: undefined, number: -1 })
    expect([args, given.size, help]).toEqual([[], 0, false])
  })

  test.each([
    [['-m', '1k'], 1024],
    [['-m1k'], 1024],
    [['-m=1k'], 1024],
    [['--memory', '1k'], 1024],
    [['--memory=1k'], 1024],
    [['-am', '1k'], 1024],
    [['-aim1k'], 1024],
    [['--memory', '1m', '--memory', '1k'], 1024],
  ])('%j', (argv, bytes) => expect(parse(...argv).flags.memory).toBe(bytes))

  test('combined booleans', () => expect(parse('-it').flags).toMatchObject({ interactive: true, tty: true, all: false }))
  test('a boolean takes a value only with =', () => {
    expect(parse('--proxy=false', '--init=1').flags).toMatchObject({ proxy: false, init: true })
    expect(parse('--init', 'false')).toMatchObject({ flags: { init: true }, args: ['false'] })
    expect(parse('-t=false').flags.tty).toBe(false)
  })
  test('lists keep their order', () => expect(parse('-e', 'A=1', '--env=B=2', '-eC').flags.env).toEqual(['A=1', 'B=2', 'C']))
  test('lists of one parse do not leak into the next', () => {
    parse('-e', 'A')
    expect(parse().flags.env).toEqual([])
  })
  test('aliases', () => expect(parse('--net', 'host')).toMatchObject({ flags: { network: 'host' }, given: new Set(['network']) }))
  test('a value may look like a flag', () => expect(parse('--network', '--all').flags.network).toBe('--all'))
  test('an empty value', () => expect(parse('--network=').flags.network).toBe(''))
  test('flags after arguments', () => expect(parse('x', '-a', 'y')).toMatchObject({ flags: { all: true }, args: ['x', 'y'] }))
  test('-- ends the flags', () => expect(parse('-a', '--', '-i', '--')).toMatchObject({ flags: { all: true, interactive: false }, args: ['-i', '--'] }))
  test('a dash alone is an argument', () => expect(parse('-', 'x').args).toEqual(['-', 'x']))
  test('help', () => {
    expect(parse('--help').help).toBe(true)
    expect(parse('-h').help).toBe(true)
    expect(parseFlags({ hostname: { kind: 'string', short: 'h', help: '' } }, ['-h', 'x'])).toMatchObject({ help: false, flags: { hostname: 'x' } })
  })
  test('what follows the first argument belongs to the container', () => {
    const parsed = parseFlags(table, ['-a', 'image', '-i', '--', '--help'], { interspersed: false })
    expect(parsed).toMatchObject({ flags: { all: true, interactive: false }, args: ['image', '-i', '--', '--help'], help: false })
  })
})

// The words are those of docker 28.2.2.
describe('refusals', () => {
  test.each([
    [['--foo'], 'unknown flag: --foo'],
    [['--foo=1'], 'unknown flag: --foo'],
    [['--al'], 'unknown flag: --al'],
    [['--toString'], 'unknown flag: --toString'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-azi'], "unknown shorthand flag: 'z' in -zi"],
    [['--memory'], 'flag needs an argument: --memory'],
    [['-m'], "flag needs an argument: 'm' in -m"],
    [['-im'], "flag needs an argument: 'm' in -m"],
    [['--=x'], 'bad flag syntax: --=x'],
    [['--memory=x'], 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''],
    [['-m', '5x'], 'invalid argument "5x" for "-m, --memory" flag: invalid suffix: \'x\''],
    [['-m', '-5'], 'invalid argument "-5" for "-m, --memory" flag: invalid size: \'-5\''],
    [['-m', ''], 'invalid argument "" for "-m, --memory" flag: invalid size: \'\''],
    [['-it=5'], 'invalid argument "5" for "-t, --tty" flag: strconv.ParseBool: parsing "5": invalid syntax'],
    [['--init=maybe'], 'invalid argument "maybe" for "--init" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
    [['-n', 'x'], 'invalid argument "x" for "-n, --number" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [['-n', '99999999999999999999'], 'invalid argument "99999999999999999999" for "-n, --number" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    [['--weight', '-1'], 'invalid argument "-1" for "--weight" flag: strconv.ParseUint: parsing "-1": invalid syntax'],
    [['--cpus', 'x'], 'invalid argument "x" for "--cpus" flag: failed to parse x as a rational number'],
    [['--cpus', '0.0000000001'], 'invalid argument "0.0000000001" for "--cpus" flag: value is too precise'],
    [['--interval', '5'], 'invalid argument "5" for "--interval" flag: time: missing unit in duration "5"'],
    [['--interval', 'x'], 'invalid argument "x" for "--interval" flag: time: invalid duration "x"'],
    [['--interval', '5d'], 'invalid argument "5d" for "--interval" flag: time: unknown unit "d" in duration "5d"'],
  ])('%j', (argv, message) => expect(refusal(...argv)).toBe(message))
})

describe('values', () => {
  test.each([
    ['0', 0], ['5', 5], ['1b', 1], ['1k', 1024], ['1K', 1024], ['1kb', 1024], ['1KiB', 1024], ['1 m', 1 << 20], ['1.5g', 1.5 * 2 ** 30], ['.5m', 1 << 19], ['2t', 2 ** 41],
  ])('%s bytes', (text, bytes) => expect(parse('-m', text).flags.memory).toBe(bytes))
  test('swap may be unbounded', () => expect([parse('--swap=-1').flags.swap, parse('--swap=1g').flags.swap]).toEqual([-1, 2 ** 30]))
  test.each([['0', 0], ['5s', 5000], ['1h15m30.5s', 4530500], ['100ms', 100], ['1us', 0.001], ['-3s', -3000]])('%s as a duration', (text, ms) => expect(parse(`--interval=${text}`).flags.interval).toBe(ms))
  test.each([['0x10', 16], ['010', 8], ['-7', -7], ['+7', 7], ['0', 0]])('%s as a number', (text, value) => expect(parse(`-n=${text}`).flags.number).toBe(value))
  test.each([['1.5', 1.5], ['.5', 0.5], ['2.', 2]])('%s processors', (text, value) => expect(parse('--cpus', text).flags.cpus).toBe(value))
})
