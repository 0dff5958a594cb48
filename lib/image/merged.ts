import { fstatSync, openSync, readSync } from 'node:fs'
import { closeDescriptor, currentDirectory, getXattr, Open, openIn, readlinkAt, Resolve, type Status, tryStatAt } from '../native/index.js'
import { GantryError } from '../errors/index.js'

const fileType = 0o170000
const mostLinks = 40
const held = Open.PATH | Open.DIRECTORY | Open.NO_FOLLOW

/**
 * Reads a file as a container with these layers (top first) would see it, without mounting them: links lead from layer to layer, whiteouts and
 * opaque directories hide, and nothing outside of the layers is ever reached. undefined when there is no such file; ERR_IMAGE_INVALID when it
 * is longer than `most` bytes or is no regular file.
 */
export function readMergedFile(layers: readonly string[], path: string, most: number): Buffer | undefined {
  const roots = layers.map((layer) => openIn(currentDirectory, layer, held, 0, 0))
  try {
    return new Walk(roots).read(path, most)
  } finally {
    for (const root of roots) closeDescriptor(root)
  }
}

/** A directory of the merged tree: the descriptors of the layers that contribute to it, top first. */
type Merged = number[]

class Walk {
  readonly #roots: Merged
  #links = 0

  constructor(roots: Merged) {
    this.#roots = roots
  }

  read(path: string, most: number): Buffer | undefined {
    return this.#from([], split(Buffer.from(path)), path, most)
  }

  /** Go on from the directory of these resolved components. */
  #from(resolved: Buffer[], rest: Buffer[], shown: string, most: number): Buffer | undefined {
    const levels: Merged[] = [this.#roots]
    try {
      for (const name of resolved) {
        const next = this.#enter(levels.at(-1)!, name)
        if (!next) return undefined
        levels.push(next)
      }
      for (let index = 0; index < rest.length; index++) {
        const name = rest[index]!
        if (isDotDot(name)) {
          if (levels.length > 1) close(levels.pop()!)
          resolved.pop()
          continue
        }
        const found = this.#find(levels.at(-1)!, name)
        if (!found) return undefined
        const type = found.status.mode & fileType
        if (type === 0o120000) {
          if (++this.#links > mostLinks) throw new GantryError('ERR_IMAGE_INVALID', `The path ${shown} in the image has too many symbolic links`)
          const target = readlinkAt(found.layer, name)
          return this.#from(target[0] === 0x2f ? [] : [...resolved], [...split(target), ...rest.slice(index + 1)], shown, most)
        }
        if (index === rest.length - 1) return type === 0o100000 ? readBounded(found.layer, name, shown, most) : refuse(shown)
        const next = type === 0o040000 ? this.#enter(levels.at(-1)!, name) : undefined
        if (!next) return undefined
        levels.push(next)
        resolved.push(name)
      }
      return refuse(shown)
    } finally {
      for (const level of levels.slice(1)) close(level)
    }
  }

  /** The topmost layer's entry of a name; undefined when there is none or it is whited out. */
  #find(directory: Merged, name: Buffer): { layer: number; status: Status } | undefined {
    for (const layer of directory) {
      const status = tryStatAt(layer, name)
      if (status) return isWhiteout(status) ? undefined : { layer, status }
    }
    return undefined
  }

  /** A directory below a merged one: the layers down to the first that hides the rest. */
  #enter(directory: Merged, name: Buffer): Merged | undefined {
    const merged: Merged = []
    for (const layer of directory) {
      const status = tryStatAt(layer, name)
      if (!status) continue
      if ((status.mode & fileType) !== 0o040000) break
      const descriptor = openIn(layer, name, Open.READ | Open.DIRECTORY | Open.NO_FOLLOW, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS)
      merged.push(descriptor)
      if (isOpaque(descriptor)) break
    }
    return merged.length ? merged : undefined
  }
}

function readBounded(directory: number, name: Buffer, shown: string, most: number): Buffer {
  // Held before it is opened: a container that runs may have put a device of the machine in the file's place, and opening some devices is an act.
  const file = openIn(directory, name, Open.PATH | Open.NO_FOLLOW, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS)
  let descriptor: number
  try {
    if (!fstatSync(file).isFile()) refuse(shown)
    descriptor = openSync(`/proc/self/fd/${file}`, Open.READ | Open.NONBLOCK)
  } finally {
    closeDescriptor(file)
  }
  try {
    const buffer = Buffer.allocUnsafe(most + 1)
    let length = 0
    while (length <= most) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, length)
      if (count === 0) return Buffer.from(buffer.subarray(0, length))
      length += count
    }
    throw new GantryError('ERR_IMAGE_INVALID', `The file ${shown} in the image is longer than ${most} bytes`)
  } finally {
    closeDescriptor(descriptor)
  }
}

function refuse(shown: string): never {
  throw new GantryError('ERR_IMAGE_INVALID', `${shown} in the image is no regular file`)
}

function isWhiteout(status: Status): boolean {
  return (status.mode & fileType) === 0o020000 && status.rdev === 0
}

function isOpaque(descriptor: number): boolean {
  return ['trusted.overlay.opaque', 'user.overlay.opaque'].some((name) => {
    try {
      return getXattr(descriptor, name)?.toString() === 'y'
    } catch {
      return false // A file system without such attributes has no opaque directories.
    }
  })
}

function close(directory: Merged): void {
  for (const descriptor of directory) closeDescriptor(descriptor)
}

function split(path: Buffer): Buffer[] {
  const parts = path.toString('latin1').split('/').filter((part) => part !== '' && part !== '.')
  return parts.map((part) => Buffer.from(part, 'latin1'))
}

function isDotDot(name: Buffer): boolean {
  return name.length === 2 && name[0] === 0x2e && name[1] === 0x2e
}
