/** Linux signals: their names and numbers, as signal(7) has them for x86 and ARM. */
import { GantryError } from '../errors/index.js'

// The index is the number.
// biome-ignore format: eight and eight in a row
const NAMES = [
  '', 'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM',
  'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS',
]
const RTMIN = 34
const RTMAX = 64

const numbers = new Map<string, number>([
  ['IOT', 6],
  ['CLD', 17],
  ['POLL', 29],
  ['UNUSED', 31],
])
for (let number = 1; number < NAMES.length; number++) numbers.set(NAMES[number]!, number)
for (let number = RTMIN; number <= RTMAX; number++) {
  numbers.set(number === RTMIN ? 'RTMIN' : `RTMIN+${number - RTMIN}`, number)
  numbers.set(number === RTMAX ? 'RTMAX' : `RTMAX-${RTMAX - number}`, number)
}

/** The number of a signal given as `SIGTERM`, `TERM`, `term`, `15`, 15 or `SIGRTMIN+3`. */
export function signalNumber(signal: string | number): number {
  const number =
    typeof signal === 'string' && !/^\d+$/.test(signal)
      ? numbers.get(signal.toUpperCase().replace(/^SIG/, ''))
      : Number(signal)
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > RTMAX) {
    const shown = typeof signal === 'string' ? `'${signal}'` : String(signal)
    throw new GantryError(
      'ERR_INVALID_OPTION',
      `${shown} is not a signal (expected a name such as 'SIGTERM' or a number from 1 to ${RTMAX})`,
    )
  }
  return number
}

/** `SIGTERM` for 15, `SIGRTMIN+3` for 37; the bare number as a text where there is no name. */
export function signalName(number: number): string {
  const name = NAMES[number]
  if (name) return `SIG${name}`
  if (number === RTMAX) return 'SIGRTMAX'
  if (number >= RTMIN && number < RTMAX) return number === RTMIN ? 'SIGRTMIN' : `SIGRTMIN+${number - RTMIN}`
  return String(number)
}
