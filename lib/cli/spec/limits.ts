import type { BlockRate, ContainerSpec } from '../../container/types.js'
import { parseBytes, parseUnsigned } from '../parse/numbers.js'
import { comesWith, type SpecFlags } from './row.js'

/** The limits that `update` can change while a container runs. */
export const liveLimitFlags = {
  'blkio-weight': { kind: 'uint', word: 'uint16', help: 'Block IO (relative weight), between 10 and 1000, or 0 to disable', shown: '0', fill: blkioWeight },
  'cpu-period': { kind: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) period, in microseconds', field: 'cpuPeriod' },
  'cpu-quota': { kind: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) quota, in microseconds', field: 'cpuQuota' },
  'cpu-shares': { kind: 'int', short: 'c', help: 'CPU shares (relative weight)', field: 'cpuShares' },
  cpus: { kind: 'decimal', help: 'Number of CPUs', field: 'cpus' },
  'cpuset-cpus': { kind: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)', field: 'cpusetCpus' },
  'cpuset-mems': { kind: 'string', help: 'MEMs in which to allow execution (0-3, 0,1)', field: 'cpusetMems' },
  memory: { kind: 'bytes', short: 'm', help: 'Memory limit', field: 'memory' },
  'memory-reservation': { kind: 'bytes', help: 'Memory soft limit', field: 'memoryReservation' },
  'memory-swap': { kind: 'swap', help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", field: 'memorySwap' },
  'pids-limit': { kind: 'int', help: 'Tune container pids limit (set -1 for unlimited)', field: 'pidsLimit' },
} as const satisfies SpecFlags

/** All limits of a new container. */
export const limitFlags = {
  ...liveLimitFlags,
  'blkio-weight-device': { kind: 'list', help: 'Block IO weight (relative device weight)', hidden: true, check: comesWith('device weights') },
  'cpu-rt-period': { kind: 'int', help: 'Limit CPU real-time period in microseconds', hidden: true, check: comesWith('real-time scheduling') },
  'cpu-rt-runtime': { kind: 'int', help: 'Limit CPU real-time runtime in microseconds', hidden: true, check: comesWith('real-time scheduling') },
  'device-read-bps': { kind: 'list', help: 'Limit read rate (bytes per second) from a device', check: bytesRate, fill: (spec: ContainerSpec, values: string[]) => (spec.deviceReadBps = values.map(bytesRate)) },
  'device-read-iops': { kind: 'list', help: 'Limit read rate (IO per second) from a device', check: countRate, fill: (spec: ContainerSpec, values: string[]) => (spec.deviceReadIops = values.map(countRate)) },
  'device-write-bps': { kind: 'list', help: 'Limit write rate (bytes per second) to a device', check: bytesRate, fill: (spec: ContainerSpec, values: string[]) => (spec.deviceWriteBps = values.map(bytesRate)) },
  'device-write-iops': { kind: 'list', help: 'Limit write rate (IO per second) to a device', check: countRate, fill: (spec: ContainerSpec, values: string[]) => (spec.deviceWriteIops = values.map(countRate)) },
  limits: { kind: 'string', word: 'preset', help: 'A set of limits for untrusted code (strict: 512 MiB, 1 CPU, 256 pids, 60 s, 1 GiB of files)', values: ['strict'], field: 'limits' },
  'memory-swappiness': { kind: 'int', help: 'Tune container memory swappiness (0 to 100)', shown: '-1', fill: memorySwappiness },
  'oom-kill-disable': { kind: 'bool', help: 'Disable OOM Killer', field: 'oomKillDisable' },
  'oom-score-adj': { kind: 'int', help: "Tune host's OOM preferences (-1000 to 1000)", field: 'oomScoreAdj' },
  'shm-size': { kind: 'bytes', help: 'Size of /dev/shm', field: 'shmSize' },
  'storage-opt': { kind: 'list', help: 'Storage options for the container (size=...: the most that its writable layer may hold)', check: storageOption, fill: (spec: ContainerSpec, values: string[]) => (spec.diskSize = storageOption(values.at(-1)!)) },
  ulimit: { kind: 'list', word: 'ulimit', help: 'Ulimit options', check: parseUlimit, fill: (spec: ContainerSpec, values: string[]) => (spec.ulimits = Object.fromEntries(values.map(parseUlimit))) },
} as const satisfies SpecFlags

/** 0 is docker's word for no weight of its own. */
function blkioWeight(spec: ContainerSpec, value: number): void {
  if (value !== 0) spec.blkioWeight = value
}

/** -1 is docker's word for the machine's. */
function memorySwappiness(spec: ContainerSpec, value: number): void {
  if (value !== -1) spec.memorySwappiness = value
}

function rate(text: string, read: (text: string) => number): BlockRate {
  const colon = text.lastIndexOf(':')
  if (colon <= 0) throw new Error(`bad format: ${text}`)
  const path = text.slice(0, colon)
  if (!path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`)
  try {
    return { path, rate: read(text.slice(colon + 1)) }
  } catch {
    throw new Error(`invalid rate for device: ${text}. The correct format is <device-path>:<number>${read === parseBytes ? '[<unit>]' : ''}. Number must be a positive integer`)
  }
}

function bytesRate(text: string): BlockRate {
  return rate(text, parseBytes)
}

function countRate(text: string): BlockRate {
  return rate(text, parseUnsigned)
}

function storageOption(text: string): number {
  if (!text.startsWith('size=')) throw new Error("the one storage option is 'size'")
  const bytes = parseBytes(text.slice(5))
  return bytes
}

const ulimitNames = new Set(['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack', 'as'])

/** 'nofile=1024:2048', as a name and its soft and hard value; -1 is no limit. */
export function parseUlimit(text: string): [string, { soft: number; hard: number }] {
  const [name, limits] = [text.slice(0, Math.max(0, text.indexOf('='))), text.slice(text.indexOf('=') + 1)]
  if (name === '') throw new Error(`invalid ulimit argument: ${text}`)
  if (!ulimitNames.has(name)) throw new Error(`invalid ulimit type: ${name}`)
  const parts = limits.split(':')
  if (parts.length > 2) throw new Error(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``)
  const [soft, hard] = parts.map((part) => {
    if (!/^-?[0-9]+$/.test(part)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(part)}: invalid syntax`)
    return Number(part)
  }) as [number, number | undefined]
  if (hard !== undefined && hard !== -1 && (soft === -1 || soft > hard)) {
    throw new Error(soft === -1 ? `ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: ${hard}` : `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`)
  }
  return [name, { soft, hard: hard ?? soft }]
}
