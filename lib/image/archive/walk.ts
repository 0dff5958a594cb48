import { GantryError } from '../../errors/index.js'
import { closeDescriptor, Open, openIn, Resolve, readDirectory, type Status, statAt } from '../../native/index.js'

/** Something in a tree, held so that it cannot be exchanged between a look and a read. */
export interface Found {
  /** From the top of the walk, without a slash at either end. */ path: Buffer
  /** Opened with O_PATH and without following a link; closed when the walk goes on. */ held: number
  status: Status
}

export interface WalkOptions {
  /** Go into directories on which something else is mounted. Default true. */ crossMounts?: boolean
  /** Asked before a directory is entered. */ enter?: (found: Found) => boolean
}

interface Level {
  /** -1 when it was closed because the walk is deep below it. */ fd: number
  dev: number
  ino: bigint
  path: Buffer
  names: Buffer[]
  next: number
}

/** Deeper than this, the descriptors of the topmost levels are closed and had again through `..`. */
const heldLevels = 32
const directoryType = 0o040000
const typeMask = 0o170000
const slash = Buffer.from('/')
const noLinks = Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS

/**
 * Everything below a directory, each directory before what is in it, names in the order of their bytes. Without recursion
 * and with a bounded number of descriptors, so that no depth is too much. What vanishes meanwhile is left out.
 */
export function* walkTree(top: number, options: WalkOptions = {}): Generator<Found, void, undefined> {
  const resolve = options.crossMounts === false ? noLinks | Resolve.NO_XDEV : noLinks
  const levels: Level[] = []
  try {
    levels.push(openLevel(openIn(top, '.', Open.PATH | Open.DIRECTORY, 0, resolve), Buffer.alloc(0)))
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next++]
      if (name === undefined) {
        leave(levels)
        continue
      }
      const held = hold(level.fd, name, resolve)
      if (held < 0) continue
      let entered = false
      try {
        const path = level.path.length === 0 ? name : Buffer.concat([level.path, slash, name])
        const found: Found = { path, held, status: statAt(held, '') }
        yield found
        if ((found.status.mode & typeMask) === directoryType && (options.enter?.(found) ?? true)) {
          levels.push(openLevel(held, path))
          entered = true
          closeFar(levels)
        }
      } finally {
        if (!entered) closeDescriptor(held)
      }
    }
  } finally {
    for (const level of levels) if (level.fd >= 0) closeDescriptor(level.fd)
  }
}

/** -1 for what has vanished, and for a mount that is not to be crossed. */
function hold(directory: number, name: Buffer, resolve: number): number {
  try {
    return openIn(directory, name, Open.PATH | Open.NO_FOLLOW, 0, resolve)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EXDEV') return -1
    throw error
  }
}

function openLevel(fd: number, path: Buffer): Level {
  const { dev, ino } = statAt(fd, '')
  return { fd, dev, ino, path, names: namesIn(fd).sort(Buffer.compare), next: 0 }
}

function namesIn(directory: number): Buffer[] {
  try {
    return readDirectory(directory).map((entry) => entry.name)
  } catch (error) {
    // Held, but deleted meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function closeFar(levels: Level[]): void {
  const far = levels[levels.length - 1 - heldLevels]
  if (far !== undefined && far.fd >= 0) {
    closeDescriptor(far.fd)
    far.fd = -1
  }
}

/** Back to the directory above, which must be the one that the walk came from. */
function leave(levels: Level[]): void {
  const level = levels.pop()!
  const above = levels.at(-1)
  try {
    if (above === undefined || above.fd >= 0) return
    const fd = openIn(level.fd, '..', Open.PATH | Open.DIRECTORY, 0, noLinks)
    const { dev, ino } = statAt(fd, '')
    if (dev !== above.dev || ino !== above.ino) {
      closeDescriptor(fd)
      throw new GantryError(
        'ERR_PATH',
        `the directory ${JSON.stringify(level.path.toString().slice(0, 200))} was moved while its tree was read`,
        {
          hint: 'pause or stop the container while its files are copied',
        },
      )
    }
    above.fd = fd
  } finally {
    closeDescriptor(level.fd)
  }
}
