import { readSync } from 'node:fs'
import { closeDescriptor, getXattrAt, listXattrAt, Open, openIn, readDirectory, readlinkAt, Resolve, splitDevice, type Status, statAt } from '../../native/index.js'
import { GantryError } from '../../errors/index.js'
import { systemCode } from '../../store/index.js'
import { defaultLimits, encodeHeader, endOfArchive, type EntryType, padding, showName, type TarEntry } from '../tar/index.js'
import { isKeptAttribute } from './attributes.js'

const fileType = 0o170000
const typeOf = new Map<number, EntryType>([
  [0o100000, 'file'], [0o120000, 'symlink'], [0o040000, 'directory'], [0o020000, 'character'], [0o060000, 'block'], [0o010000, 'fifo'],
])
const readSize = 256 * 1024
const slash = Buffer.from('/')
const none = Buffer.alloc(0)

interface Level {
  descriptor: number
  path: Buffer
  /** Names still to be packed, the next one last. */ names: Buffer[]
}

/**
 * A directory as a tar stream. The same tree always gives the same bytes: names are in the order of their bytes, and nothing that a copy would change
 * (inode numbers, times of access) is in it. Links are not followed, sockets are left out, and of what is mounted in the tree there is
 * only the empty mount point. The descriptor stays the caller's.
 */
export function* packDirectory(root: number): Generator<Buffer> {
  const first = statAt(root, '')
  const seen = new Map<string, Buffer>()
  yield encodeHeader(describe(root, none, none, first, 'directory'))
  const levels: Level[] = [listing(root, none)]
  try {
    while (levels.length > 0) {
      const level = levels.at(-1)!
      const name = level.names.pop()
      if (name === undefined) {
        levels.pop()
        if (level.descriptor !== root) closeDescriptor(level.descriptor)
        continue
      }
      const path = level.path.length ? Buffer.concat([level.path, slash, name]) : name
      const status = statAt(level.descriptor, name)
      const type = typeOf.get(status.mode & fileType)
      if (type === undefined) continue
      if (type === 'directory') {
        if (levels.length >= defaultLimits.depth) throw refusal(path, `it is more than ${defaultLimits.depth} directories deep`)
        yield encodeHeader(describe(level.descriptor, name, Buffer.concat([path, slash]), status, type))
        if (status.dev === first.dev) levels.push(listing(openChild(level.descriptor, name, Open.DIRECTORY), path))
      } else {
        yield* packFile(level.descriptor, name, path, status, type, seen)
      }
    }
    yield endOfArchive
  } finally {
    for (const { descriptor } of levels) if (descriptor !== root) closeDescriptor(descriptor)
  }
}

function* packFile(directory: number, name: Buffer, path: Buffer, status: Status, type: EntryType, seen: Map<string, Buffer>): Generator<Buffer> {
  if (status.nlink > 1) {
    const key = `${status.dev}:${status.ino}`
    const earlier = seen.get(key)
    if (earlier) {
      yield encodeHeader({ ...describe(directory, name, path, status, type), type: 'hardlink', size: 0, linkName: earlier, xattrs: new Map() })
      return
    }
    seen.set(key, path)
  }
  const entry = describe(directory, name, path, status, type)
  if (type === 'symlink') entry.linkName = readlinkAt(directory, name)
  yield encodeHeader(entry)
  if (type === 'file' && entry.size > 0) yield* packContent(directory, name, path, status)
}

function* packContent(directory: number, name: Buffer, path: Buffer, status: Status): Generator<Buffer> {
  const descriptor = openChild(directory, name, Open.NONBLOCK)
  try {
    const now = statAt(descriptor, '')
    if (now.ino !== status.ino || now.size !== status.size) throw refusal(path, 'it changed while it was read')
    for (let done = 0; done < status.size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(readSize, status.size - done))
      const count = readSync(descriptor, chunk, 0, chunk.length, done)
      if (count === 0) throw refusal(path, 'it changed while it was read')
      done += count
      yield chunk.subarray(0, count)
    }
  } finally {
    closeDescriptor(descriptor)
  }
  const rest = padding(status.size)
  if (rest.length) yield rest
}

function describe(directory: number, name: Buffer, path: Buffer, status: Status, type: EntryType): TarEntry {
  const { major, minor } = type === 'character' || type === 'block' ? splitDevice(status.rdev) : { major: 0, minor: 0 }
  return {
    name: path.length ? path : Buffer.from('./'), type, linkName: none, size: type === 'file' ? status.size : 0, mode: status.mode & 0o7777, uid: status.uid, gid: status.gid,
    mtimeNs: status.mtimeNs, major, minor, xattrs: attributesOf(directory, name, type),
  }
}

function attributesOf(directory: number, name: Buffer, type: EntryType): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  if (type !== 'file' && type !== 'directory') return found
  try {
    for (const attribute of listXattrAt(directory, name.length ? name : '.')) {
      const value = isKeptAttribute(attribute) ? getXattrAt(directory, name.length ? name : '.', attribute) : null
      if (value) found.set(attribute, value)
    }
  } catch (error) {
    if (!['EOPNOTSUPP', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error
  }
  return found
}

function listing(descriptor: number, path: Buffer): Level {
  const names = readDirectory(descriptor).map((entry) => Buffer.from(entry.name))
  return { descriptor, path, names: names.sort((a, b) => Buffer.compare(b, a)) }
}

function openChild(directory: number, name: Buffer, flags: number): number {
  return openIn(directory, name, Open.READ | Open.NO_FOLLOW | flags, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS)
}

function refusal(path: Buffer, reason: string): GantryError {
  return new GantryError('ERR_IO', `The file ${showName(path)} cannot be packed: ${reason}`)
}
