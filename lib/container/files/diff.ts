import { closeSync, constants, openSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { walkTree } from '../../image/archive/index.js'
import { getXattr, Open, openIn, Resolve, readDirectory, type Status, statAt, tryStatAt } from '../../native/index.js'
import { type IdRange, IdShift } from './ids.js'
import { isDirectory } from './path.js'

/** 'A' added, 'C' changed, 'D' deleted: docker's letters. */
export interface Change {
  kind: 'A' | 'C' | 'D'
  /** Absolute. */ path: string
  /** The same, byte for byte: a name need not be UTF-8. */ rawPath: Buffer
}

const typeMask = 0o170000
const characterType = 0o020000
const slash = Buffer.from('/')
const inside = Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS

/**
 * What the writable layer has changed over the layers (directories, top first), in the order of the paths. As with docker, a
 * directory counts as changed when its attributes have, or something in it was added or deleted.
 */
export function diff(upper: string, layers: readonly string[], idRange?: IdRange): Change[] {
  const opened: number[] = []
  const open = (path: string): number => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
    opened.push(descriptor)
    return descriptor
  }
  try {
    return compare(open(upper), layers.map(open), new IdShift(idRange))
  } catch (cause) {
    if (cause instanceof GantryError) throw cause
    throw new GantryError('ERR_IO', `the writable layer cannot be compared: ${(cause as Error).message}`, { cause })
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

function compare(upper: number, layers: readonly number[], ids: IdShift): Change[] {
  const changes: Change[] = []
  const changedDirectories = new Set<string>()
  /** Directories that hide what the layers have under them. */
  const opaque = new Set<string>()
  const hidden = (path: Buffer): boolean => {
    if (opaque.size === 0) return false
    for (let at = path.lastIndexOf(0x2f); at > 0; at = path.lastIndexOf(0x2f, at - 1))
      if (opaque.has(path.toString('latin1', 0, at))) return true
    return false
  }
  const add = (kind: Change['kind'], path: Buffer): void => {
    if (kind !== 'C') {
      const above = path.subarray(0, Math.max(0, path.lastIndexOf(0x2f)))
      if (above.length > 0 && !changedDirectories.has(above.toString('latin1'))) addDirectory(above, 'C')
    }
    const rawPath = Buffer.concat([slash, path])
    changes.push({ kind, path: rawPath.toString(), rawPath })
  }
  const addDirectory = (path: Buffer, kind: 'A' | 'C'): void => {
    changedDirectories.add(path.toString('latin1'))
    add(kind, path)
  }
  for (const { path, held, status } of walkTree(upper, { crossMounts: false })) {
    const below = hidden(path) ? null : findBelow(layers, path)
    if (isWhiteout(status)) {
      if (below !== null) add('D', path)
    } else if (!isDirectory(status)) add(below === null ? 'A' : 'C', path)
    else if (below === null) {
      addDirectory(path, 'A')
      opaque.add(path.toString('latin1'))
    } else {
      if (!sameDirectory(status, below, ids)) addDirectory(path, 'C')
      if (!isDirectory(below) || !isOpaque(held)) continue
      // An opaque directory does not say what it deletes: whatever the layers show there and it has not.
      for (const name of namesBelow(layers, path)) {
        if (tryStatAt(held, name) === null) add('D', Buffer.concat([path, slash, name]))
      }
    }
  }
  return changes.sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)))
}

/** A directory comes before what is in it, and that before its next sibling. */
function sortKey({ rawPath }: Change): Buffer {
  return Buffer.from(rawPath.map((byte) => (byte === 0x2f ? 0 : byte)))
}

/** A directory that is in the writable layer only because something in it is. */
function sameDirectory(above: Status, below: Status, ids: IdShift): boolean {
  return (
    above.mode === below.mode &&
    above.mtimeNs === below.mtimeNs &&
    ids.toContainer(above.uid) === ids.toContainer(below.uid) &&
    ids.toContainer(above.gid) === ids.toContainer(below.gid)
  )
}

function isWhiteout(status: Status): boolean {
  return (status.mode & typeMask) === characterType && status.rdev === 0
}

function isOpaque(held: number): boolean {
  return ['trusted.overlay.opaque', 'user.overlay.opaque'].some((name) => getXattr(held, name)?.toString() === 'y')
}

/** What the layers show under a path: the first that has it decides, a whiteout or an opaque directory above it hides the rest. */
function findBelow(layers: readonly number[], path: Buffer): Status | null {
  for (const layer of layers) {
    const found = lookIn(layer, path)
    if (found === 'hidden') return null
    if (found !== null) return isWhiteout(found) ? null : found
  }
  return null
}

/** The status in one layer; 'hidden' when a part of the path is a whiteout, a file or opaque without the rest there. */
function lookIn(layer: number, path: Buffer): Status | 'hidden' | null {
  try {
    const held = openIn(layer, path, Open.PATH | Open.NO_FOLLOW, 0, inside)
    try {
      return statAt(held, '')
    } finally {
      closeSync(held)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw error
  }
  for (let at = path.lastIndexOf(0x2f); at > 0; at = path.lastIndexOf(0x2f, at - 1)) {
    let held: number
    try {
      held = openIn(layer, path.subarray(0, at), Open.PATH | Open.NO_FOLLOW, 0, inside)
    } catch {
      continue
    }
    try {
      return !isDirectory(statAt(held, '')) || isOpaque(held) ? 'hidden' : null
    } finally {
      closeSync(held)
    }
  }
  return null
}

/** The names that the layers show in a directory. */
function namesBelow(layers: readonly number[], path: Buffer): Buffer[] {
  const names = new Map<string, Buffer>()
  for (const layer of layers) {
    let held: number
    try {
      held = openIn(layer, path, Open.PATH | Open.DIRECTORY | Open.NO_FOLLOW, 0, inside)
    } catch {
      continue
    }
    try {
      for (const { name } of readDirectory(held)) names.set(name.toString('latin1'), name)
    } finally {
      closeSync(held)
    }
  }
  const separator = Buffer.concat([path, slash])
  return [...names.values()].filter((name) => findBelow(layers, Buffer.concat([separator, name])) !== null)
}
