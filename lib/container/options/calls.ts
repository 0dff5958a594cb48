/** The options of logs(), stop(), restart() and update(). */
import { z } from 'zod'
import { parseTime } from '../../store/index.js'
import type { Restart } from '../types.js'
import { concluded } from './container.js'
import { readSignal } from './identity.js'
import { checkLimits, limitShape, type NormalisedLimits } from './limits.js'
import { parseWith } from './parse.js'
import { field, type Reader, Refusal, shown } from './refusal.js'
import { type NormalisedRestart, readRestart } from './restart.js'
import { waitShape } from './waiting.js'

type Instant = Date | number | string

const readInstant: Reader<bigint> = (value) => {
  try {
    return parseTime(value as Instant)
  } catch {
    throw new Refusal(
      `must be a Date, milliseconds since 1970, or a text such as '10m' (ago), '2026-01-31T12:00:00Z' or Unix seconds, not ${shown(value)}`,
    )
  }
}

const tail = field<number | 'all', number>((value) => {
  if (value === 'all') return Number.POSITIVE_INFINITY
  if (typeof value === 'number' && Number.isInteger(value) && value >= -1)
    return value < 0 ? Number.POSITIVE_INFINITY : value
  throw new Refusal(`must be a number of lines, or 'all', not ${shown(value)}`)
})

export const logOptionsSchema = z.strictObject({
  ...waitShape,
  follow: z.boolean().optional(),
  raw: z.boolean().optional(),
  tail: tail.optional(),
  since: field<Instant, bigint>(readInstant).optional(),
  until: field<Instant, bigint>(readInstant).optional(),
  stdout: z.boolean().optional(),
  stderr: z.boolean().optional(),
})

export interface NormalisedLogOptions {
  follow: boolean
  /** Infinity: all. */
  tail: number
  /** Nanoseconds since the epoch. */
  since?: bigint
  until?: bigint
  stdout: boolean
  stderr: boolean
  signal?: AbortSignal
  /** Milliseconds. */
  timeout?: number
}

export function parseLogOptions(options: unknown = {}): NormalisedLogOptions {
  const parsed = parseWith(logOptionsSchema, options, 'logs()')
  const { follow = false, tail = Number.POSITIVE_INFINITY, stdout = true, stderr = true } = parsed
  return concluded('logs()', () => {
    if (!stdout && !stderr) throw new Refusal("options 'stdout' and 'stderr' are both false: there is nothing to read")
    return { ...parsed, follow, tail, stdout, stderr }
  })
}

/** `timeout` is the grace before the kill. */
export const stopOptionsSchema = z.strictObject({
  ...waitShape,
  killSignal: field<string | number, string>(readSignal).optional(),
})

export type NormalisedStopOptions = z.output<typeof stopOptionsSchema>

export function parseStopOptions(options: unknown = {}, subject = 'stop()'): NormalisedStopOptions {
  return parseWith(stopOptionsSchema, options, subject)
}

export const updateOptionsSchema = z.strictObject({
  ...limitShape,
  restart: field<Restart | { policy: Restart; maximumRetryCount?: number }, NormalisedRestart>(readRestart).optional(),
})

export type NormalisedUpdate = NormalisedLimits & { restart?: NormalisedRestart }

/** Reads what update() was given. `current` are the limits that hold now: new and old together must make sense. */
export function parseUpdateOptions(options: unknown, current: NormalisedLimits = {}): NormalisedUpdate {
  return concluded('update()', () => {
    const parsed = parseWith(updateOptionsSchema, options, 'update()')
    checkLimits({ ...withoutSuperseded(current, parsed), ...parsed })
    return parsed
  })
}

/** `cpus` replaces a quota and a period, and they replace it. */
function withoutSuperseded(current: NormalisedLimits, next: NormalisedLimits): NormalisedLimits {
  if (next.cpus !== undefined) return { ...current, cpuPeriod: undefined, cpuQuota: undefined }
  return next.cpuPeriod !== undefined || next.cpuQuota !== undefined ? { ...current, cpus: undefined } : current
}
