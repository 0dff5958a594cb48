/** The options that bound what a container may use; run(), Container and update() share them. */
import { z } from 'zod'
import { formatSize } from '../../oci/quantities.js'
import type { BlockRate, Size } from '../types.js'
import { firstMissing, formatIndexList, type IndexRange, parseIndexList } from './index-list.js'
import { machine } from './machine.js'
import { absolutePath } from './paths.js'
import { readSize, wholeNumber, wholeNumberField } from './quantities.js'
import { below, field, list, ownMembers, type Reader, Refusal, shown } from './refusal.js'

/** Docker's: less than this holds no process. */
const LEAST_MEMORY = 6 * 1024 * 1024

const readMemory: Reader<number> = (value) => {
  const bytes = readSize(value)
  if (bytes < LEAST_MEMORY) {
    throw new Refusal(
      `must be at least 6m (${LEAST_MEMORY} bytes), not ${formatSize(bytes)}; leave it out for no limit`,
    )
  }
  return bytes
}

const readSwap: Reader<number> = (value) => (value === -1 || value === '-1' ? -1 : readMemory(value))

const readCpus: Reader<number> = (value) => {
  const most = machine().cpuCount
  if (typeof value !== 'number' || !(value >= 0.01) || value > most) {
    const reason = typeof value === 'number' && value > most ? `, as there are only ${most} CPUs available` : ''
    throw new Refusal(`must be a number from 0.01 to ${most}${reason}, not ${shown(value)}`)
  }
  return value
}

/** Docker's: 0 and below is no limit; here it is always -1. */
const readPids: Reader<number> = (value) => (value === 0 || value === -1 ? -1 : wholeNumber(1, 4_194_304)(value))

function indexSet(what: string, available: () => readonly IndexRange[]): Reader<string> {
  return (value) => {
    const wanted = typeof value === 'string' ? parseIndexList(value) : undefined
    if (!wanted) throw new Refusal(`must be a list of ${what}s such as '0-2,5', not ${shown(value)}`)
    const missing = firstMissing(wanted, available())
    if (missing !== undefined) {
      throw new Refusal(`asks for ${what} ${missing}, but this machine has ${formatIndexList(available())}`, {
        code: 'ERR_LIMIT',
      })
    }
    return formatIndexList(wanted)
  }
}

function blockRates(inBytes: boolean): z.ZodType<BlockRate[], BlockRate[]> {
  const amount = inBytes ? readSize : wholeNumber(1, Number.MAX_SAFE_INTEGER)
  return field<BlockRate[]>(
    list((item) => {
      const own = ownMembers(item) as Partial<BlockRate> | null
      if (typeof own !== 'object' || own === null) throw new Refusal(`must be { path, rate }, not ${shown(item)}`)
      const extra = Object.keys(own).find((key) => key !== 'path' && key !== 'rate')
      if (extra !== undefined) throw new Refusal(`has the unknown member ${shown(extra)} (expected { path, rate })`)
      return { path: below('path', () => absolutePath(own.path)), rate: below('rate', () => amount(own.rate)) }
    }),
  )
}

export const limitShape = {
  memory: field<Size, number>(readMemory).optional(),
  memorySwap: field<Size | -1, number>(readSwap).optional(),
  memoryReservation: field<Size, number>(readMemory).optional(),
  memorySwappiness: wholeNumberField(0, 100).optional(),
  oomKillDisable: z.boolean().optional(),
  oomScoreAdj: wholeNumberField(-1000, 1000).optional(),
  cpus: field<number>(readCpus).optional(),
  cpuShares: wholeNumberField(2, 262_144).optional(),
  cpuPeriod: wholeNumberField(1000, 1_000_000, ' microseconds').optional(),
  cpuQuota: field<number>((value) =>
    value === -1 ? -1 : wholeNumber(1000, Number.MAX_SAFE_INTEGER, ' microseconds')(value),
  ).optional(),
  cpusetCpus: field<string>(indexSet('CPU', () => machine().cpus)).optional(),
  cpusetMems: field<string>(indexSet('memory node', () => machine().nodes)).optional(),
  pidsLimit: field<number>(readPids).optional(),
  blkioWeight: wholeNumberField(10, 1000).optional(),
  deviceReadBps: blockRates(true).optional(),
  deviceWriteBps: blockRates(true).optional(),
  deviceReadIops: blockRates(false).optional(),
  deviceWriteIops: blockRates(false).optional(),
}

/** The limits of update(): every one may be left out. */
export const limitsSchema = z.strictObject(limitShape)

/** In bytes and whole numbers; -1: no bound. */
export type NormalisedLimits = z.output<typeof limitsSchema>

/** What limits say of each other, in Docker's rules; the message begins with the options' names. */
export function checkLimits(limits: NormalisedLimits): void {
  const { memory, memorySwap, memoryReservation } = limits
  if (memorySwap !== undefined && memorySwap !== -1) {
    if (memory === undefined) throw new Refusal("option 'memorySwap' needs 'memory': it is memory and swap together")
    if (memorySwap < memory) {
      throw new Refusal(
        `option 'memorySwap' (${formatSize(memorySwap)}) must be at least 'memory' (${formatSize(memory)}): it is memory and swap together`,
      )
    }
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    throw new Refusal(
      `option 'memoryReservation' (${formatSize(memoryReservation)}) must not be more than 'memory' (${formatSize(memory)})`,
    )
  }
  if (limits.cpus !== undefined && (limits.cpuPeriod !== undefined || limits.cpuQuota !== undefined)) {
    throw new Refusal("options 'cpus' and 'cpuPeriod' or 'cpuQuota' say the same thing twice: give one or the other")
  }
}
