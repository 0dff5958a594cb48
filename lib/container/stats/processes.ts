import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StatsSource } from './source.js'
import { readText } from './text.js'

/** The host pids of all processes of a container, also of those in cgroups that it made itself, in ascending order. */
export function containerPids({ cgroups }: Pick<StatsSource, 'cgroups'>): number[] {
  // The v2 tree first; on a v1 machine any hierarchy that the container is in.
  for (const top of [cgroups.unified, cgroups.pids, cgroups.memory, ...Object.values(cgroups)]) {
    const pids = top === undefined ? [] : pidsBelow(top)
    if (pids.length > 0) return pids.sort((a, b) => a - b)
  }
  return []
}

function pidsBelow(top: string): number[] {
  const pids = new Set<number>()
  const waiting = [top]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    // 0 stands for a process of another pid namespace.
    for (const line of readText(directory, 'cgroup.procs').split('\n')) if (Number(line) > 0) pids.add(Number(line))
    waiting.push(...children(directory))
  }
  return [...pids]
}

function children(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
  } catch {
    return []
  }
}
