/** Resource limits by Docker's names. A default that cannot be had is lowered; one that was asked for and cannot be had is an error. */
import type { Ulimit } from '../types.js'
import { machine } from './machine.js'
import { nearest } from './nearest.js'
import { mapOf, ownMembers, type Reader, Refusal, shown } from './refusal.js'

// biome-ignore format: a list of words
export const ulimitNames = [
  'as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack',
] as const

/** -1: no limit. */
export interface NormalisedUlimit {
  soft: number
  hard: number
}

export const readUlimits: Reader<Record<string, NormalisedUlimit>> = mapOf((value, name) => {
  if (!ulimitNames.some((known) => known === name)) {
    const guess = nearest(name, ulimitNames)
    throw new Refusal(
      `is not a resource limit${guess ? `; did you mean '${guess}'?` : ` (known are ${ulimitNames.join(', ')})`}`,
    )
  }
  const limit = readUlimit(value)
  if (order(limit.soft) > order(limit.hard)) {
    throw new Refusal(`has a soft limit (${limit.soft}) above its hard limit (${limit.hard})`)
  }
  refuseUnreachable(name, limit)
  return limit
})

function readUlimit(value: unknown): NormalisedUlimit {
  if (typeof value === 'number') return { soft: amount(value), hard: amount(value) }
  const own = ownMembers(value) as Partial<Ulimit> | null
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new Refusal(`must be a number or { soft, hard }, not ${shown(value)}`)
  }
  const extra = Object.keys(own).find((key) => key !== 'soft' && key !== 'hard')
  if (extra !== undefined) throw new Refusal(`has the unknown member ${shown(extra)} (expected { soft, hard })`)
  const soft = amount(own.soft)
  return { soft, hard: own.hard === undefined ? soft : amount(own.hard) }
}

function amount(value: unknown): number {
  if (value === -1 || value === Number.POSITIVE_INFINITY) return -1
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Refusal(`must be a whole number, or -1 for no limit, not ${shown(value)}`)
}

function order(limit: number): number {
  return limit === -1 ? Number.POSITIVE_INFINITY : limit
}

function refuseUnreachable(name: string, limit: NormalisedUlimit): void {
  const { limits, raisesLimits, openFilesCeiling } = machine()
  if (name === 'nofile' && order(limit.hard) > openFilesCeiling) {
    throw new Refusal(`cannot be more than ${openFilesCeiling} on this machine (fs.nr_open)`, { code: 'ERR_LIMIT' })
  }
  const own = limits[name]
  if (!raisesLimits && own && order(limit.hard) > own.hard) {
    throw new Refusal(
      `cannot be raised to ${limit.hard === -1 ? 'no limit' : limit.hard}: the hard limit of this process is ${own.hard}`,
      {
        code: 'ERR_LIMIT',
        hint: 'raise the limit of this process, or run it with CAP_SYS_RESOURCE',
      },
    )
  }
}

/** What a container has when nothing was said: systemd's own pair for open files (Node raises its soft limit to the hard one; programs that close every possible descriptor suffer from a large one). */
const DEFAULT_NOFILE: NormalisedUlimit = { soft: 1024, hard: 524_288 }

/** The defaults, lowered to what this process has. */
export function defaultUlimits(isolation: 'sandbox' | 'compat'): Record<string, NormalisedUlimit> {
  const own = machine().limits.nofile?.hard ?? DEFAULT_NOFILE.hard
  const hard = Math.min(DEFAULT_NOFILE.hard, own)
  const nofile = { soft: Math.min(DEFAULT_NOFILE.soft, hard), hard }
  // A core dump is handled by a program of the host (core_pattern) on behalf of code that is not trusted.
  return isolation === 'sandbox' ? { nofile, core: { soft: 0, hard: 0 } } : { nofile }
}
