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
