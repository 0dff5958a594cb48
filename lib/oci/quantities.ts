/** Sizes and durations in Docker's grammar, both ways. */
import { GantryError } from '../errors/index.js'

const KIBI = 1024
const SIZE = /^(\d+(?:\.\d+)?|\.\d+) ?(?:([kmgtp])?i?b?)$/i
const BINARY_POWER: Record<string, number> = { k: 1, m: 2, g: 3, t: 4, p: 5 }

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function refuse(value: unknown, what: string, right: string): never {
  throw new GantryError('ERR_INVALID_OPTION', `${shown(value)} is not ${what} (${right})`)
}

const SIZE_HELP = "expected a whole number of bytes, or a text such as '512m' or '1.5g'"

/** Bytes of a number or of a text such as `512m`, `1.5GiB`, `64kb`; the units are powers of 1024. */
export function parseSize(value: number | string): number {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? value : refuse(value, 'a size', SIZE_HELP)
  }
  const match = typeof value === 'string' ? SIZE.exec(value) : null
  if (!match) return refuse(value, 'a size', SIZE_HELP)
  const unit = match[2]
  const bytes = Math.floor(Number(match[1]) * (unit ? KIBI ** BINARY_POWER[unit.toLowerCase()]! : 1))
  return Number.isSafeInteger(bytes) ? bytes : refuse(value, 'a size', 'it is more than can be counted')
}

const DURATION_HELP = "expected a number of milliseconds, or a text with units such as '10s', '1m30s' or '250ms'"
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y
const MILLISECONDS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Whole milliseconds of a number or of a text in Go's grammar (`1h30m`, `1.5s`, `250ms`; days, `d`, too). What is not 0 is at least 1. */
export function parseDuration(value: number | string): number {
  const exact = typeof value === 'number' ? value : typeof value === 'string' ? durationText(value) : Number.NaN
  if (!(exact >= 0) || exact > Number.MAX_SAFE_INTEGER) return refuse(value, 'a duration', DURATION_HELP)
  return exact > 0 && exact < 1 ? 1 : Math.round(exact)
}

function durationText(text: string): number {
  if (text === '0') return 0
  DURATION_PART.lastIndex = 0
  let total = 0
  while (DURATION_PART.lastIndex < text.length) {
    const match = DURATION_PART.exec(text)
    if (!match) return Number.NaN
    total += Number(match[1]) * MILLISECONDS[match[2]!]!
  }
  return text.length > 0 ? total : Number.NaN
}

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let index = 0
  let value = bytes
  while (value >= base && index < units.length - 1) {
    value /= base
    index++
  }
  return `${Number(value.toPrecision(digits))}${units[index]}`
}

/** As `docker stats` prints memory: `512MiB`, `1.221GiB`. */
export function formatSize(bytes: number): string {
  return scaled(bytes, KIBI, BINARY_UNITS, 4)
}

/** As `docker images` and `docker ps --size` print disk and network sizes: `1.09kB`, `187MB`. */
export function formatDecimalSize(bytes: number): string {
  return scaled(bytes, 1000, DECIMAL_UNITS, 3)
}

/** As Go prints a duration, and as parseDuration reads it: `1h0m0s`, `1m30s`, `1.5s`, `250ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  if (milliseconds < 1000) return `${milliseconds}ms`
  const hours = Math.floor(milliseconds / 3_600_000)
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000)
  const seconds = Number(((milliseconds % 60_000) / 1000).toFixed(3))
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}

/** As Docker says how long something has been: `About a minute`, `3 hours`, `2 weeks`. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.round(seconds / 3600)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 14) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 60) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(hours / 24 / 365)} years`
}
