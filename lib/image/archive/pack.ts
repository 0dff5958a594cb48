import { closeSync, constants, openSync, read as readCallback, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { getXattr, listXattr, readlinkAt, type Status, splitDevice } from '../../native/index.js'
import { isKeptAttribute } from '../layer/attributes.js'
import { type EntryType, encodeHeader, padding, type TarEntry } from '../tar/index.js'
import { encodeSparseHeader, findPieces, type Piece } from './sparse.js'

const read = promisify(readCallback)

const typeMask = 0o170000
const types: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
])

/** Collected up to this before it is passed on, in bytes. */
const blockBytes = 256 * 1024
/** Files up to this are read at once, larger ones without blocking, in bytes. */
const smallFile = 64 * 1024
const empty = Buffer.alloc(0)

export interface PackOptions {
  /** From an id on the disk to the one in the archive. Default: the same. */ uidOf?: (uid: number) => number
  gidOf?: (gid: number) => number
  /** Write holes of sparse files as zeros, for readers that do not know GNU's format. Default false. */ expandHoles?: boolean
}

/**
 * Writes members of a tar archive from held files. What it makes is collected; `take` it when `full`. The same tree gives
 * the same bytes.
 */
export class Packer {
  readonly #options: PackOptions
  /** The first name of each file that has several. */ readonly #links = new Map<string, Buffer>()
  #parts: Buffer[] = []
  #size = 0

  constructor(options: PackOptions = {}) {
    this.#options = options
  }

  get full(): boolean {
    return this.#size >= blockBytes
  }

  /** What was collected since the last call; empty when there is nothing. */
  take(): Buffer {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    return bytes
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.#size += bytes.length
  }

  /** Adds a member. Sockets, which an archive cannot hold, are left out. Yields bytes when there are many. */
  async *add(name: Buffer, held: number, status: Status): AsyncGenerator<Buffer, void, undefined> {
    const entry = this.#entry(name, held, status)
    if (entry === undefined) return
    if (entry.type === 'file' && entry.size > 0) yield* this.#file(entry, held, status)
    else this.push(encodeHeader(entry))
    if (this.full) yield this.take()
  }

  #entry(name: Buffer, held: number, status: Status): TarEntry | undefined {
    const { uidOf, gidOf } = this.#options
    let type = types.get(status.mode & typeMask)
    if (type === undefined) return undefined
    let linkName = type === 'symlink' ? readlinkAt(held, '') : empty
    if (status.nlink > 1 && type !== 'directory') {
      const identity = `${status.dev}:${status.ino}`
      const first = this.#links.get(identity)
      if (first !== undefined) {
        type = 'hardlink'
        linkName = first
      } else this.#links.set(identity, name)
    }
    const device = type === 'character' || type === 'block' ? splitDevice(status.rdev) : { major: 0, minor: 0 }
    return {
      name: type === 'directory' ? Buffer.concat([name, Buffer.from('/')]) : name,
      type,
      linkName,
      size: type === 'file' ? status.size : 0,
      mode: status.mode & 0o7777,
      uid: uidOf?.(status.uid) ?? status.uid,
      gid: gidOf?.(status.gid) ?? status.gid,
      mtimeNs: status.mtimeNs,
      ...device,
      xattrs: type === 'hardlink' ? new Map() : readXattrs(held),
    }
  }

  async *#file(entry: TarEntry, held: number, status: Status): AsyncGenerator<Buffer, void, undefined> {
    // The held file itself, whatever its name is by now. O_NONBLOCK: it cannot be a fifo, but nothing here may wait for one.
    const fd = openSync(`/proc/self/fd/${held}`, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const sparse = !this.#options.expandHoles && status.blocks * 512 < entry.size
      const pieces = sparse ? findPieces(fd, entry.size) : undefined
      const header = pieces === undefined ? encodeHeader(entry) : encodeSparseHeader(entry, pieces)
      this.push(header)
      for (const piece of pieces ?? [{ offset: 0, length: entry.size }]) yield* this.#piece(fd, piece)
      const stored = pieces === undefined ? entry.size : pieces.reduce((sum, piece) => sum + piece.length, 0)
      this.push(padding(stored))
    } finally {
      closeSync(fd)
    }
  }

  /** Exactly as many bytes as the header says: zeros in place of those that were cut off meanwhile. */
  async *#piece(fd: number, { offset, length }: Piece): AsyncGenerator<Buffer, void, undefined> {
    for (let done = 0; done < length; ) {
      const size = Math.min(length - done, blockBytes)
      const buffer = size < smallFile ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size)
      const position = offset + done
      const count =
        length <= smallFile
          ? readSync(fd, buffer, 0, buffer.length, position)
          : (await read(fd, buffer, 0, buffer.length, position)).bytesRead
      if (count === 0) buffer.fill(0)
      const bytes = count === 0 ? buffer : buffer.subarray(0, count)
      done += bytes.length
      this.push(bytes)
      if (this.full) yield this.take()
    }
  }
}

/** Those that belong to a file wherever it is: file capabilities and what users attach. */
function readXattrs(held: number): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  try {
    for (const name of listXattr(held)) {
      const value = isKeptAttribute(name) ? getXattr(held, name) : null
      if (value !== null) found.set(name, value)
    }
  } catch (error) {
    // File systems without them; proc has files that cannot even be asked.
    if (!['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  return found
}
