import { CommandError } from '../parse/error.js'
import { parseGoDuration } from '../parse/numbers.js'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** 'About a minute', '3 hours', '2 weeks': docker's words for a span of milliseconds. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / second)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.trunc(ms / minute)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.trunc(ms / hour + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`
  return `${Math.trunc(ms / hour / 24 / 365)} years`
}

/** '3 minutes ago'. */
export function ago(time: Date, now: number = Date.now()): string {
  return `${humanDuration(now - time.getTime())} ago`
}

/** '2024-05-01 10:00:00 +0000 UTC', in local time, as Go prints a time of whole seconds. */
export function goTime(time: Date): string {
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(time).find((part) => part.type === 'timeZoneName')!.value
  const offset = offsetOf(time)
  return `${localDate(time)} ${localClock(time)} ${offset.replace(':', '')} ${/^GMT/.test(zone) ? offset.replace(':', '') : zone}`
}

/** RFC 3339 with nine digits: in UTC ('...Z') or in local time. */
export function nanoTime(ns: bigint, local = false): string {
  const time = new Date(Number(ns / 1_000_000n))
  const fraction = String(ns % 1_000_000_000n).padStart(9, '0')
  if (!local) return `${time.toISOString().slice(0, 19)}.${fraction}Z`
  const offset = offsetOf(time)
  return `${localDate(time)}T${localClock(time)}.${fraction}${offset === '+00:00' ? 'Z' : offset}`
}

/** RFC 3339 with whole seconds in local time. */
export function secondTime(time: Date): string {
  const offset = offsetOf(time)
  return `${localDate(time)}T${localClock(time)}${offset === '+00:00' ? 'Z' : offset}`
}

const two = (value: number) => String(value).padStart(2, '0')
const localDate = (time: Date) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
const localClock = (time: Date) => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`

function offsetOf(time: Date): string {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`
}

/**
 * The moment that --since and --until name, in nanoseconds since the epoch: a duration before now ('10m'), seconds since the epoch
 * ('1714557600.5'), or a date with or without time and zone ('2024-05-01', '2024-05-01T10:00:00.5Z'; local when no zone is named).
 */
export function parseMomentNs(text: string, now: number = Date.now()): bigint {
  const epoch = /^(-?[0-9]+)(?:\.([0-9]{1,9}))?$/.exec(text)
  if (epoch) return BigInt(epoch[1]!) * 1_000_000_000n + BigInt((epoch[2] ?? '').padEnd(9, '0'))
  const date = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?([Zz]|[+-]\d{2}:\d{2})?$/.exec(text)
  if (date) {
    const [, day, hours = '00', minutes = '00', seconds = '00', fraction = '', zone = ''] = date
    const ms = Date.parse(`${day}T${hours}:${minutes}:${seconds}${zone.toUpperCase()}`)
    if (!Number.isNaN(ms)) return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
  }
  try {
    return BigInt(now) * 1_000_000n - BigInt(Math.round(parseGoDuration(text) * 1e6))
  } catch {
    throw new CommandError(`invalid time ${JSON.stringify(text)}`, 1, "use a duration such as '10m', seconds since the epoch, or a date such as '2024-05-01T10:00:00Z'")
  }
}

/** As `parseMomentNs`, as a Date. */
export function parseMoment(text: string, now: number = Date.now()): Date {
  return new Date(Number(parseMomentNs(text, now) / 1_000_000n))
}
