import { totalmem } from 'node:os'
import type { Stats } from '../types.js'
import type { StatsSource } from './source.js'
import { readNumber, readTable } from './text.js'

interface Counters {
  used: number
  inactiveFile: number
  limit: number
  rss: number
  cache: number
  peak: number
  oomKills: number
}

/** Memory in bytes, without page cache that could be given back at once; the limit is at most what the machine has. */
export function readMemory({ cgroups }: StatsSource): Stats['memory'] {
  const used = readNumber(cgroups.memory, 'memory.usage_in_bytes')
  const counters = used === undefined ? unified(cgroups.unified) : legacy(cgroups.memory!, used)
  const usageBytes = Math.max(0, counters.used - counters.inactiveFile)
  const limitBytes = Math.min(counters.limit, totalmem())
  return {
    usageBytes,
    limitBytes,
    percent: limitBytes > 0 ? (usageBytes / limitBytes) * 100 : 0,
    rssBytes: counters.rss,
    cacheBytes: counters.cache,
    peakBytes: counters.peak,
    oomKills: counters.oomKills,
  }
}

function legacy(directory: string, used: number): Counters {
  const stat = readTable(directory, 'memory.stat')
  return {
    used,
    inactiveFile: stat.get('total_inactive_file') ?? 0,
    limit: stat.get('hierarchical_memory_limit') ?? Number.POSITIVE_INFINITY,
    rss: stat.get('total_rss') ?? 0,
    cache: stat.get('total_cache') ?? 0,
    peak: readNumber(directory, 'memory.max_usage_in_bytes') ?? 0,
    oomKills: readTable(directory, 'memory.oom_control').get('oom_kill') ?? 0,
  }
}

function unified(directory: string | undefined): Counters {
  const stat = readTable(directory, 'memory.stat')
  return {
    used: readNumber(directory, 'memory.current') ?? 0,
    inactiveFile: stat.get('inactive_file') ?? 0,
    limit: readNumber(directory, 'memory.max') ?? Number.POSITIVE_INFINITY,
    rss: stat.get('anon') ?? 0,
    cache: stat.get('file') ?? 0,
    peak: readNumber(directory, 'memory.peak') ?? 0,
    oomKills: readTable(directory, 'memory.events').get('oom_kill') ?? 0,
  }
}
