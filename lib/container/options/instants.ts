/** Points in time as Docker's --since and --until take them. */
import { parseDuration } from '../../oci/quantities.js'
import { type Reader, Refusal, shown } from './refusal.js'

const UNIX = /^(\d{1,12})(?:\.(\d{1,9}))?$/
const CALENDAR = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i

/** Nanoseconds since the epoch of a Date, of milliseconds since the epoch, or of a text: `10m` ago, RFC 3339, or Unix seconds. */
export const readInstant: Reader<bigint> = (value) => {
  const instant = value instanceof Date ? fromMilliseconds(value.getTime()) : typeof value === 'number' ? fromMilliseconds(value) : typeof value === 'string' ? fromText(value) : undefined
  if (instant !== undefined) return instant
  throw new Refusal(`must be a Date, milliseconds since 1970, or a text such as '10m', '2026-01-31T12:00:00Z' or Unix seconds, not ${shown(value)}`)
}

function fromMilliseconds(milliseconds: number): bigint | undefined {
  return Number.isFinite(milliseconds) ? BigInt(Math.round(milliseconds * 1000)) * 1000n : undefined
}

function fromText(text: string): bigint | undefined {
  const unix = UNIX.exec(text)
  if (unix) return BigInt(unix[1]!) * 1_000_000_000n + BigInt((unix[2] ?? '').padEnd(9, '0'))
  const calendar = CALENDAR.exec(text)
  if (calendar) {
    const fraction = calendar[1]
    const whole = fromMilliseconds(Date.parse(fraction === undefined ? text : text.replace(`.${fraction}`, '')))
    return whole === undefined ? undefined : whole + BigInt((fraction ?? '').padEnd(9, '0'))
  }
  try {
    return fromMilliseconds(Date.now() - parseDuration(text))
  } catch {
    return undefined
  }
}
