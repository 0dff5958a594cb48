/** Which processes there are, read from /proc: found by what they hold, since a name or a command line may be anybody's. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Every process but this one. */
function others(): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
}

export function processName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return ''
  }
}

/** The paths of what a process has open. */
export function openPaths(pid: number | 'self'): string[] {
  const directory = `/proc/${pid}/fd`
  try {
    return readdirSync(directory).flatMap((descriptor) => {
      try {
        return [readlinkSync(`${directory}/${descriptor}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

/** The monitors that hold something below a directory. */
export function monitorsBelow(directory: string): number[] {
  return others().filter((pid) => processName(pid) === 'gantry-monitor' && openPaths(pid).some((path) => path.startsWith(directory)))
}

/** Children, dead ones included. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Processes that hold something below a directory or have it in a mount: what a container that is not quite gone looks like. */
export function holdersOf(directory: string): string[] {
  return others().flatMap((pid) => {
    const held = openPaths(pid).find((path) => path.startsWith(directory)) ?? mountsBelow(pid, directory)[0]
    return held === undefined ? [] : [`process ${pid} (${processName(pid)}) holds ${held}`]
  })
}

export function mountsBelow(pid: number | 'self', directory: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n').filter((line) => line.includes(directory))
  } catch {
    return []
  }
}

/** Whether a process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** kill -9, of a process that may have ended already. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
