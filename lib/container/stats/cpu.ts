import type { Stats } from '../types.js'
import type { StatsSource } from './source.js'
import { readNumber, readTable, readText } from './text.js'

const ticksPerSecond = 100
const usPerTick = 1_000_000 / ticksPerSecond

export type CpuUsage = Pick<Stats['cpu'], 'usageUs' | 'userUs' | 'systemUs' | 'throttledUs'>

/** What the container has used of the processors since it began. */
export function readCpu({ cgroups }: StatsSource): CpuUsage {
  const usageNs = readNumber(cgroups.cpuacct, 'cpuacct.usage')
  if (usageNs !== undefined) {
    const throttledNs = readTable(cgroups.cpu, 'cpu.stat').get('throttled_time') ?? 0
    return {
      usageUs: Math.floor(usageNs / 1000),
      userUs: Math.floor((readNumber(cgroups.cpuacct, 'cpuacct.usage_user') ?? 0) / 1000),
      systemUs: Math.floor((readNumber(cgroups.cpuacct, 'cpuacct.usage_sys') ?? 0) / 1000),
      throttledUs: Math.floor(throttledNs / 1000),
    }
  }
  // The file is there also where the cpu controller is not enabled.
  const table = readTable(cgroups.unified, 'cpu.stat')
  const number = (key: string): number => table.get(key) ?? 0
  return {
    usageUs: number('usage_usec'),
    userUs: number('user_usec'),
    systemUs: number('system_usec'),
    throttledUs: number('throttled_usec'),
  }
}

export interface HostCpu {
  /** The time of all processors together, idle included. */ totalUs: number
  online: number
}

export function readHostCpu(): HostCpu {
  const lines = readText('/proc', 'stat').split('\n')
  // user nice system idle iowait irq softirq, as Docker counts; guest time is in user already.
  const ticks = (lines[0] ?? '')
    .trim()
    .split(/\s+/)
    .slice(1, 8)
    .reduce((sum, field) => sum + Number(field), 0)
  let online = 0
  while (/^cpu\d/.test(lines[online + 1] ?? '')) online++
  return { totalUs: ticks * usPerTick, online: Math.max(1, online) }
}

/** Docker's formula: 100 is one processor in use all the time. 0 when no time has passed. */
export function cpuPercent(usageUs: number, previousUsageUs: number, host: HostCpu, previousHost: HostCpu): number {
  const used = usageUs - previousUsageUs
  const passed = host.totalUs - previousHost.totalUs
  return used > 0 && passed > 0 ? (used / passed) * host.online * 100 : 0
}
