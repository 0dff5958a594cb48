/**
 * Deletes a tree that hostile code wrote: by descriptors, so that no symbolic link and no exchanged directory leads outside, with names of
 * any bytes, and without recursion, so that any depth is fine.
 */
import { constants, openSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { closeDescriptor, openIn, readDirectory, renameAt, Resolve, unlinkAt } from '../../native/index.js'
import { ioError, systemCode } from '../../store/index.js'

const DIRECTORY = 4 // DT_DIR
const UNKNOWN = 0 // DT_UNKNOWN
/** A directory deeper than this is moved up and deleted from there, so that few descriptors are open at once. */
const deepest = 48
const entriesBetweenBreaths = 2000

interface Level {
  descriptor: number
  name: Buffer
  /** Directories that are still to be emptied. */ directories: Buffer[]
}

/** Resolves when the directory and all below it are gone; one that is not there is fine. */
export async function removeTree(path: string): Promise<void> {
  const slash = path.lastIndexOf('/')
  let parent: number
  try {
    parent = openSync(path.slice(0, slash) || '/', constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw ioError(`Cannot delete ${path}`, error, { path })
  }
  try {
    await emptyAndRemove(parent, Buffer.from(path.slice(slash + 1)))
  } catch (error) {
    throw ioError(`Cannot delete ${path}`, error, { path })
  } finally {
    closeDescriptor(parent)
  }
}

async function emptyAndRemove(parent: number, name: Buffer): Promise<void> {
  const first = open(parent, name)
  if (!first) return
  const levels: Level[] = [first]
  let moved = 0
  let deleted = 0
  try {
    while (levels.length > 0) {
      const level = levels.at(-1)!
      const next = level.directories.pop()
      if (next === undefined) {
        closeDescriptor(level.descriptor)
        levels.pop()
        remove(levels.at(-1)?.descriptor ?? parent, level.name, true)
      } else if (levels.length >= deepest) {
        const flat = Buffer.from(`.gantry-deep-${++moved}`)
        renameAt(level.descriptor, next, first.descriptor, flat)
        first.directories.push(flat)
      } else {
        const opened = open(level.descriptor, next)
        if (opened) levels.push(opened)
      }
      if (++deleted % entriesBetweenBreaths === 0) await breathe()
    }
  } finally {
    for (const level of levels) closeDescriptor(level.descriptor)
  }
}

/** Opens a directory, deletes the files in it, and lists its directories. undefined: it was none, or is gone. */
function open(parent: number, name: Buffer): Level | undefined {
  let descriptor: number
  try {
    descriptor = openIn(parent, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW, 0, Resolve.NO_XDEV)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return undefined
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
    remove(parent, name, false)
    return undefined
  }
  try {
    const directories: Buffer[] = []
    for (const entry of readDirectory(descriptor)) {
      if (entry.type === DIRECTORY || entry.type === UNKNOWN) directories.push(entry.name)
      else remove(descriptor, entry.name, false)
    }
    return { descriptor, name, directories }
  } catch (error) {
    closeDescriptor(descriptor)
    throw error
  }
}

function remove(parent: number, name: Buffer, directory: boolean): void {
  try {
    unlinkAt(parent, name, directory)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
