import { readText } from './text.js'

const dayMs = 86_400_000
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')

/** When the machine was started, in milliseconds since the epoch, by its clock of now. */
export function bootTimeMs(): number {
  return Date.now() - Number(readText('/proc', 'uptime').split(' ')[0]) * 1000
}

/** ps's TIME: [dd-]hh:mm:ss. */
export function clockTime(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  return `${days > 0 ? `${two(days)}-` : ''}${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`
}

/** ps's ELAPSED: [[dd-]hh:]mm:ss. */
export function elapsedTime(seconds: number): string {
  const time = clockTime(Math.max(0, seconds))
  return time.startsWith('00:') ? time.slice(3) : time
}

/** ps's STIME: the time of a start in the last day, the date in this year, else the year. */
export function startTime(startedMs: number, nowMs: number): string {
  const start = new Date(startedMs)
  const now = new Date(nowMs)
  if (start.toDateString() === now.toDateString() || nowMs - startedMs < dayMs)
    return `${two(start.getHours())}:${two(start.getMinutes())}`
  if (start.getFullYear() === now.getFullYear()) return `${months[start.getMonth()]}${two(start.getDate())}`
  return String(start.getFullYear())
}
