/** What options are checked against: facts of this machine and process that do not change while it runs, read once. */
import { readFileSync } from 'node:fs'
import { type IndexRange, parseIndexList } from './index-list.js'

export interface ResourceLimit {
  soft: number
  hard: number
}

export interface Machine {
  /** Processors that are online, and how many. */
  cpus: readonly IndexRange[]
  cpuCount: number
  /** Memory nodes that are online. */
  nodes: readonly IndexRange[]
  /** This process's own limits by Docker's names (`nofile`, ...); Infinity where there is none. */
  limits: Readonly<Record<string, ResourceLimit>>
  /** Whether limits may be raised above the hard ones (CAP_SYS_RESOURCE). */
  raisesLimits: boolean
  /** The ceiling of `nofile` for everyone. */
  openFilesCeiling: number
  /** What this process may hand on: its permitted and bounding capabilities, as a bit mask. */
  capabilities: bigint
  /** The number of the kernel's last capability. */
  lastCapability: number
}

const CAP_SYS_RESOURCE = 24n

/** Rows of /proc/self/limits by Docker's names. */
const LIMIT_ROWS: Record<string, string> = {
  'Max cpu time': 'cpu',
  'Max file size': 'fsize',
  'Max data size': 'data',
  'Max stack size': 'stack',
  'Max core file size': 'core',
  'Max resident set': 'rss',
  'Max processes': 'nproc',
  'Max open files': 'nofile',
  'Max locked memory': 'memlock',
  'Max address space': 'as',
  'Max file locks': 'locks',
  'Max pending signals': 'sigpending',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
}

let known: Machine | undefined

export function machine(): Machine {
  known ??= readMachine()
  return known
}

function readMachine(): Machine {
  const status = content('/proc/self/status')
  const capabilities = mask(status, 'CapPrm') & mask(status, 'CapBnd')
  const cpus = indexes('/sys/devices/system/cpu/online')
  return {
    cpus,
    cpuCount: cpus.reduce((sum, [first, last]) => sum + last - first + 1, 0),
    nodes: indexes('/sys/devices/system/node/online'),
    limits: readLimits(content('/proc/self/limits')),
    raisesLimits: (capabilities & (1n << CAP_SYS_RESOURCE)) !== 0n,
    openFilesCeiling: Number(content('/proc/sys/fs/nr_open')) || 1_048_576,
    capabilities,
    lastCapability: Number(content('/proc/sys/kernel/cap_last_cap')) || 40,
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return '' // A kernel built without it: the caller's default holds.
  }
}

function indexes(path: string): readonly IndexRange[] {
  return parseIndexList(content(path)) ?? [[0, 0]]
}

function mask(status: string, name: string): bigint {
  const digits = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1]
  return digits === undefined ? 0n : BigInt(`0x${digits}`)
}

function readLimits(text: string): Record<string, ResourceLimit> {
  const limits: Record<string, ResourceLimit> = {}
  for (const row of text.split('\n')) {
    const match = /^(.{26})(\S+)\s+(\S+)/.exec(row)
    const name = match && LIMIT_ROWS[match[1]!.trim()]
    if (name) limits[name] = { soft: amount(match[2]!), hard: amount(match[3]!) }
  }
  return limits
}

function amount(text: string): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}
