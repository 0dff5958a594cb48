import { posix } from 'node:path'
import { closeDescriptor, Open, openIn, readlinkAt, type Status, statAt } from '../../native/index.js'
import { pathError, pathFault } from './failure.js'
import type { Space } from './target.js'

const typeMask = 0o170000
const directoryType = 0o040000
const linkType = 0o120000
/** As many links as the kernel follows. */
const mostLinks = 40

export function isDirectory(status: Status): boolean {
  return (status.mode & typeMask) === directoryType
}

/** A trailing slash or '/.': the path must be a directory. */
export function assertsDirectory(path: string): boolean {
  return /(^|\/)\.?$/.test(path)
}

/** '/.' at the end, '.' or the root: what is in the directory is meant, not the directory. */
export function meansContents(path: string): boolean {
  return /(^|\/)\.$/.test(path) || posix.normalize(path) === '/'
}

export interface Source extends Disposable {
  held: number
  status: Status
  /** The name under which it is copied; empty when only its contents are. */ name: Buffer
}

/** Holds what is to be copied. A link at the end is itself the source unless `follow` is set or the path asserts a directory. */
export function holdSource(space: Space, path: string, follow: boolean): Source {
  checkPath(space, path)
  const through = follow || assertsDirectory(path)
  let held: number
  try {
    held = openIn(space.descriptor, path, Open.PATH | (through ? 0 : Open.NO_FOLLOW), 0, space.resolve)
  } catch (error) {
    throw pathError(space, path, error)
  }
  const status = statAt(held, '')
  const base = posix.basename(posix.normalize(path))
  if (assertsDirectory(path) && !isDirectory(status)) {
    closeDescriptor(held)
    throw pathFault(space, path, 'not a directory')
  }
  const contents = meansContents(path) && isDirectory(status)
  return {
    held,
    status,
    name: contents ? Buffer.alloc(0) : Buffer.from(base),
    [Symbol.dispose]: () => closeDescriptor(held),
  }
}

export interface Destination extends Disposable {
  /** The directory in which the copy is made. */ directory: number
  /** The name of the copy there; undefined: the source's own. */ rename: Buffer | undefined
}

/** Where a copy goes, by docker's rules. `fromDirectory` says whether a directory is copied. */
export function holdDestination(space: Space, path: string, fromDirectory: boolean): Destination {
  checkPath(space, path)
  let wanted = path
  for (let links = 0; links < mostLinks; links++) {
    const existing = tryHold(space, wanted)
    if (existing >= 0) return intoExisting(space, path, wanted, existing, fromDirectory)
    if (assertsDirectory(wanted) && !fromDirectory)
      throw pathFault(space, path, 'no such directory', 'a directory at the end of a destination must exist')
    const clean = wanted.replace(/\/+\.?$/, '')
    const directory = holdDirectory(space, path, posix.dirname(clean))
    const name = posix.basename(clean)
    const target = linkTarget(directory, name)
    if (target === undefined)
      return { directory, rename: Buffer.from(name), [Symbol.dispose]: () => closeDescriptor(directory) }
    // A link to what is not there yet: the copy is made where it leads.
    closeDescriptor(directory)
    wanted = posix.isAbsolute(target) ? target : posix.join(posix.dirname(clean), target)
  }
  throw pathFault(space, path, 'too many symbolic links')
}

/** A directory that must be there; the descriptor is the caller's. */
export function holdDirectory(space: Space, path: string, directory = path): number {
  try {
    return openIn(space.descriptor, directory, Open.PATH | Open.DIRECTORY, 0, space.resolve)
  } catch (error) {
    throw pathError(space, path, error)
  }
}

function intoExisting(
  space: Space,
  path: string,
  wanted: string,
  existing: number,
  fromDirectory: boolean,
): Destination {
  if (isDirectory(statAt(existing, '')))
    return { directory: existing, rename: undefined, [Symbol.dispose]: () => closeDescriptor(existing) }
  closeDescriptor(existing)
  if (fromDirectory) throw pathFault(space, path, 'cannot copy directory to a file')
  // The kernel knows where links led: the name is that of the file itself.
  const place = followLinks(space, wanted)
  const directory = holdDirectory(space, path, posix.dirname(place))
  return { directory, rename: Buffer.from(posix.basename(place)), [Symbol.dispose]: () => closeDescriptor(directory) }
}

/** The path without a link at its end. */
function followLinks(space: Space, path: string): string {
  let place = path
  for (let links = 0; links < mostLinks; links++) {
    const directory = holdDirectory(space, path, posix.dirname(place))
    const target = linkTarget(directory, posix.basename(place))
    closeDescriptor(directory)
    if (target === undefined) return place
    place = posix.isAbsolute(target) ? target : posix.join(posix.dirname(place), target)
  }
  throw pathFault(space, path, 'too many symbolic links')
}

function tryHold(space: Space, path: string): number {
  try {
    return openIn(space.descriptor, path, Open.PATH, 0, space.resolve)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return -1
    throw pathError(space, path, error)
  }
}

function linkTarget(directory: number, name: string): string | undefined {
  try {
    if ((statAt(directory, name).mode & typeMask) !== linkType) return undefined
    return readlinkAt(directory, name).toString()
  } catch {
    return undefined
  }
}

function checkPath(space: Space, path: string): void {
  if (path === '') throw pathFault(space, path, 'an empty path')
  if (path.includes('\0')) throw pathFault(space, path.replaceAll('\0', '?'), 'a path with a NUL')
}
