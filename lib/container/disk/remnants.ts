/** Kills and removes what a dead monitor left in its container's cgroups. */
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import { cgroupPaths } from '../../launch/cgroups.js'
import { systemCode } from '../../store/index.js'

const patienceMs = 10_000

/** Resolves when no process of the container is left and its cgroups are gone. */
export async function removeCgroups(id: string): Promise<void> {
  const paths = cgroupPaths(id)
  const trees = [...new Set([paths.unified, ...Object.values(paths.legacy)])].filter((path): path is string => path !== undefined && existsSync(path))
  if (trees.length === 0) return
  const end = Date.now() + patienceMs
  for (let delay = 1; ; delay = Math.min(delay * 2, 50)) {
    for (const tree of trees) killAll(tree)
    if (trees.map(removeTree).every(Boolean)) return
    if (Date.now() > end) {
      throw new GantryError('ERR_IO', `Processes of container ${id.slice(0, 12)} do not end although they were killed`, {
        id,
        hint: 'they wait in the kernel, usually for a disk or a network file system; look at them with: ps -eo pid,stat,wchan,cmd | grep " D"',
      })
    }
    await pause(delay)
  }
}

function killAll(tree: string): void {
  if (write(`${tree}/cgroup.kill`, '1')) return
  for (const directory of descendants(tree)) {
    // The dead stay frozen until they are thawed.
    write(`${directory}/freezer.state`, 'THAWED')
    for (const pid of processes(directory)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
  }
}

function processes(directory: string): number[] {
  try {
    return readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').map(Number).filter((pid) => pid > 1)
  } catch {
    return []
  }
}

/** The deepest first. */
function descendants(tree: string): string[] {
  const found: string[] = []
  const waiting = [tree]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    found.push(directory)
    try {
      for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) waiting.push(`${directory}/${entry.name}`)
    } catch {
      // Removed meanwhile.
    }
  }
  return found.reverse()
}

function removeTree(tree: string): boolean {
  for (const directory of descendants(tree)) {
    try {
      rmdirSync(directory)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') return false
    }
  }
  return true
}

function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'r+' })
    return true
  } catch {
    return false
  }
}
