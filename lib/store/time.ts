import { GantryError } from '../errors/index.js'

const nanosecondsPerMillisecond = 1_000_000n

/** Numbers from here on are milliseconds (Date.now()); smaller ones are seconds. 1e11 seconds is the year 5138. */
const millisecondsFrom = 1e11

let anchorNs = 0n
let anchorClock = 0n

/** The wall clock in nanoseconds since the epoch: finer than Date.now(), never backwards unless the clock was set. */
export function nowNs(): bigint {
  const clock = process.hrtime.bigint()
  const wall = BigInt(Date.now()) * nanosecondsPerMillisecond
  const estimate = anchorNs + (clock - anchorClock)
  const drift = estimate - wall
  // Date.now() cuts off the fraction, so a true estimate lies 0 to 1 ms above it. Outside of that the clock was set or has drifted.
  if (drift >= 0n && drift < 2n * nanosecondsPerMillisecond) return estimate
  anchorNs = wall
  anchorClock = clock
  return wall
}

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  'µs': 1_000n,
  'μs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
}

/**
 * A point in time, in nanoseconds since the epoch, from what Docker's --since and --until take: unix seconds with or without a fraction,
 * RFC 3339 (the parts from the minutes on and the zone may be missing: then local time), or a duration such as '10m' or '1h30m', which
 * means ago. Also a Date, a number of unix seconds, or of milliseconds as Date.now() gives them.
 */
export function parseTime(value: Date | number | string | bigint, now: bigint = nowNs()): bigint {
  const time = value instanceof Date ? fromMilliseconds(value.getTime()) : typeof value === 'bigint' ? value : typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value.trim(), now) : undefined
  if (time !== undefined) return time
  const shown = value instanceof Date ? 'an invalid Date' : String(JSON.stringify(value)).slice(0, 80)
  throw new GantryError('ERR_INVALID_OPTION', `${shown} is not a point in time`, {
    hint: "use a Date, unix seconds, '2025-06-01T12:00:00Z', or a duration such as '10m', which means ago",
  })
}

/** Nanoseconds since the epoch as a Date (which keeps milliseconds). */
export function toDate(timeNs: bigint): Date {
  return new Date(Number(timeNs / nanosecondsPerMillisecond))
}

/** RFC 3339 in UTC with nine digits of the second, as Docker's logs and events print it. */
export function formatTime(timeNs: bigint): string {
  const fraction = ((timeNs % units.s!) + units.s!) % units.s!
  return `${new Date(Number((timeNs - fraction) / nanosecondsPerMillisecond)).toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`
}

function fromMilliseconds(milliseconds: number): bigint | undefined {
  if (!Number.isFinite(milliseconds)) return undefined
  const whole = Math.floor(milliseconds)
  return BigInt(whole) * nanosecondsPerMillisecond + BigInt(Math.round((milliseconds - whole) * 1e6))
}

function fromNumber(value: number): bigint | undefined {
  if (!Number.isFinite(value) || Math.abs(value) > 1e15) return undefined
  return fromMilliseconds(Math.abs(value) >= millisecondsFrom ? value : value * 1000)
}

function fromText(text: string, now: bigint): bigint | undefined {
  if (text === '' || text.length > 64) return undefined
  return fromSeconds(text) ?? fromCalendar(text) ?? fromDuration(text, now)
}

function fromSeconds(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9})\d*)?$/.exec(text)
  if (!match) return undefined
  const amount = BigInt(match[2]!) * units.s! + BigInt((match[3] ?? '').padEnd(9, '0'))
  return match[1] ? -amount : amount
}

function fromDuration(text: string, now: bigint): bigint | undefined {
  const match = /^([-+]?)((?:\d{1,15}(?:\.\d{1,9})?(?:ns|us|µs|μs|ms|s|m|h|d))+)$/.exec(text)
  if (!match) return undefined
  let total = 0n
  for (const [, whole, fraction, unit] of match[2]!.matchAll(/(\d+)(?:\.(\d+))?([a-zµμ]+)/g)) {
    const size = units[unit!]!
    total += BigInt(whole!) * size + (fraction ? (BigInt(fraction) * size) / 10n ** BigInt(fraction.length) : 0n)
  }
  // As Docker: '10m' is ten minutes ago, '-10m' ten minutes from now.
  return match[1] === '-' ? now + total : now - total
}

const calendar = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?)?)?([Zz]|[-+]\d\d:\d\d)?$/

function fromCalendar(text: string): bigint | undefined {
  const match = calendar.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(utc)
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!real || year < 100) return undefined
  const fraction = BigInt((match[7] ?? '').padEnd(9, '0'))
  const zone = match[8]
  const milliseconds = zone === undefined ? new Date(year, month - 1, day, hour, minute, second).getTime() : utc - zoneOffset(zone)
  return BigInt(milliseconds) * nanosecondsPerMillisecond + fraction
}

function zoneOffset(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
