import { defaultLimits, type EntryType, highestId, invalidArchive, type TarEntry, type TarLimits, type TarVisitor } from './entry.js'
import { blockSize, decodeHeader, type RawHeader } from './header.js'
import { parsePax, paxNumber, paxTime, type PaxRecords } from './pax.js'
import { checkSparse, gnuSparse, gnuSparseMore, parseBodyMap, paxSparse, paxSparseInBody, type SparseMap } from './sparse.js'

/** PAX headers and long names may be this long. */
const longestMeta = 1024 * 1024

const types: Record<string, EntryType> = { '\0': 'file', '0': 'file', '7': 'file', S: 'file', '1': 'hardlink', '2': 'symlink', '3': 'character', '4': 'block', '5': 'directory', '6': 'fifo' }

type State = 'header' | 'meta' | 'sparseBlock' | 'sparseMap' | 'body' | 'padding' | 'ended'

/**
 * A tar parser into which bytes are pushed: ustar, GNU (long names, sparse files) and PAX. Strict where parsers differ, because what
 * one reads as data another reads as a member.
 */
export class TarParser {
  readonly #visitor: TarVisitor
  readonly #limits: TarLimits
  #state: State = 'header'
  #buffer: Buffer[] = []
  #buffered = 0
  #needed = blockSize
  #padding = 0
  #remaining = 0
  #zeroBlocks = 0
  #entries = 0
  #bytes = 0
  #metaFlag = ''
  #longName?: Buffer
  #longLink?: Buffer
  #pax?: PaxRecords
  #entry?: TarEntry
  #sparse?: SparseMap
  #piece = 0
  #pieceDone = 0

  constructor(visitor: TarVisitor, limits: Partial<TarLimits> = {}) {
    this.#visitor = visitor
    this.#limits = { ...defaultLimits, ...limits }
  }

  /** How many members there were. */
  get entries(): number {
    return this.#entries
  }

  /** The sum of the sizes of the files. */
  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && this.#state !== 'ended') {
      if (this.#state === 'body') rest = this.#takeBody(rest)
      else if (this.#state === 'padding') rest = this.#takePadding(rest)
      else {
        const part = rest.subarray(0, this.#needed - this.#buffered)
        rest = rest.subarray(part.length)
        this.#buffer.push(part)
        this.#buffered += part.length
        if (this.#buffered === this.#needed) this.#takeBuffered()
        else this.#buffer[this.#buffer.length - 1] = Buffer.from(part)
      }
    }
  }

  /** The source has ended. */
  finish(): void {
    const clean = this.#state === 'ended' || (this.#state === 'header' && this.#buffered === 0)
    if (!clean || this.#longName || this.#longLink || this.#pax) throw invalidArchive('it ends in the middle of a member', this.#entry?.name)
    if (this.#entries === 0 && this.#state !== 'ended') throw invalidArchive('it is empty')
  }

  #takeBuffered(): void {
    const bytes = this.#buffer.length === 1 ? this.#buffer[0]! : Buffer.concat(this.#buffer)
    this.#buffer = []
    this.#buffered = 0
    this.#needed = blockSize
    if (this.#state === 'header') this.#takeHeader(bytes)
    else if (this.#state === 'meta') this.#takeMeta(bytes)
    else if (this.#state === 'sparseBlock') {
      if (!gnuSparseMore(this.#sparse!, bytes)) this.#beginBody(this.#remaining)
    } else this.#takeSparseMap(bytes)
  }

  #takeHeader(block: Buffer): void {
    const raw = decodeHeader(block)
    if (!raw) {
      if (this.#longName || this.#longLink || this.#pax) throw invalidArchive('it ends after an extended header')
      if (++this.#zeroBlocks === 2) this.#state = 'ended'
      return
    }
    if (this.#zeroBlocks) throw invalidArchive('a member follows the end of the archive')
    if (raw.typeFlag === 'x' || raw.typeFlag === 'g' || raw.typeFlag === 'L' || raw.typeFlag === 'K') {
      if (raw.size > longestMeta) throw invalidArchive('an extended header is too long')
      if (raw.size === 0) return
      this.#metaFlag = raw.typeFlag
      this.#padding = pad(raw.size)
      this.#needed = raw.size
      this.#state = 'meta'
      return
    }
    this.#begin(raw, block)
  }

  #takeMeta(bytes: Buffer): void {
    const own = Buffer.from(bytes)
    if (this.#metaFlag === 'x') this.#pax = parsePax(own)
    else if (this.#metaFlag === 'L') this.#longName = untilNul(own)
    else if (this.#metaFlag === 'K') this.#longLink = untilNul(own)
    // 'g' holds for the whole archive; what is in use (a comment with a commit) does not matter to a tree.
    else parsePax(own)
    this.#state = this.#padding ? 'padding' : 'header'
  }

  #begin(raw: RawHeader, block: Buffer): void {
    const records = this.#pax ?? []
    const entry = makeEntry(raw, records, this.#longName, this.#longLink)
    const stored = storedSize(raw, records, entry.type)
    this.#longName = this.#longLink = this.#pax = undefined
    if (++this.#entries > this.#limits.entries) throw invalidArchive(`it has more than ${this.#limits.entries} members`, entry.name)
    this.#entry = entry
    this.#sparse = undefined
    this.#remaining = stored
    this.#padding = pad(stored)
    if (entry.type !== 'file') {
      this.#announce(0)
      return
    }
    if (raw.typeFlag === 'S') {
      const { map, more } = gnuSparse(block)
      this.#sparse = map
      if (more) {
        this.#state = 'sparseBlock'
        return
      }
    } else {
      const bodySize = paxSparseInBody(records)
      if (bodySize !== undefined) {
        this.#sparse = { size: bodySize, pieces: [] }
        if (stored < blockSize) throw invalidArchive('the map of a sparse file is missing', entry.name)
        this.#state = 'sparseMap'
        return
      }
      this.#sparse = paxSparse(records)
    }
    this.#beginBody(stored)
  }

  /** The map may take any number of blocks: keep what there is and ask for one more. */
  #takeSparseMap(bytes: Buffer): void {
    const parsed = parseBodyMap(bytes, this.#sparse!.size)
    if (!parsed || parsed.used > bytes.length) {
      this.#buffer = [Buffer.from(bytes)]
      this.#buffered = bytes.length
      this.#needed = bytes.length + blockSize
      if (this.#needed > this.#remaining) throw invalidArchive('the map of a sparse file is incomplete', this.#entry!.name)
      return
    }
    this.#sparse = parsed.map
    this.#beginBody(this.#remaining - parsed.used)
  }

  #beginBody(stored: number): void {
    if (this.#sparse) checkSparse(this.#sparse, stored)
    this.#remaining = stored
    this.#piece = 0
    this.#pieceDone = 0
    this.#announce(this.#sparse ? this.#sparse.size : stored)
  }

  #announce(size: number): void {
    const entry = this.#entry!
    entry.size = size
    this.#bytes += size
    if (this.#bytes > this.#limits.bytes) throw invalidArchive(`its files have more than ${this.#limits.bytes} bytes`, entry.name)
    this.#visitor.entry(entry)
    if (this.#remaining > 0) this.#state = 'body'
    else this.#endEntry()
  }

  #takeBody(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#remaining)
    const offset = this.#entry!.size - this.#remaining
    this.#remaining -= part.length
    if (this.#sparse) this.#scatter(part)
    else this.#visitor.data(part, offset)
    if (this.#remaining === 0) this.#endEntry()
    return bytes.subarray(part.length)
  }

  #scatter(bytes: Buffer): void {
    let rest = bytes
    while (rest.length) {
      const piece = this.#sparse!.pieces[this.#piece]!
      const part = rest.subarray(0, piece.length - this.#pieceDone)
      if (part.length) this.#visitor.data(part, piece.offset + this.#pieceDone)
      rest = rest.subarray(part.length)
      this.#pieceDone += part.length
      if (this.#pieceDone === piece.length) {
        this.#piece++
        this.#pieceDone = 0
      }
    }
  }

  #endEntry(): void {
    this.#visitor.end()
    this.#state = this.#padding ? 'padding' : 'header'
  }

  #takePadding(bytes: Buffer): Buffer {
    const count = Math.min(this.#padding, bytes.length)
    this.#padding -= count
    if (this.#padding === 0) this.#state = 'header'
    return bytes.subarray(count)
  }
}

function makeEntry(raw: RawHeader, records: PaxRecords, longName?: Buffer, longLink?: Buffer): TarEntry {
  let name = longName ?? raw.name
  const type = types[raw.typeFlag]
  if (type === undefined) throw invalidArchive(`a member has the unknown type ${JSON.stringify(raw.typeFlag)}`, name)
  const entry: TarEntry = {
    name, type, linkName: longLink ?? raw.linkName, size: 0, mode: raw.mode, uid: raw.uid, gid: raw.gid,
    mtimeNs: BigInt(raw.mtime) * 1_000_000_000n, major: raw.major, minor: raw.minor, xattrs: new Map(),
  }
  for (const [key, value] of records) {
    if (key.startsWith('SCHILY.xattr.')) entry.xattrs.set(key.slice(13), value)
    // An empty value takes back what the header says, which is what stands there already.
    else if (value.length === 0) continue
    else if (key === 'path') name = value
    else if (key === 'linkpath') entry.linkName = value
    else if (key === 'uid') entry.uid = paxNumber(value, key)
    else if (key === 'gid') entry.gid = paxNumber(value, key)
    else if (key === 'mtime') entry.mtimeNs = paxTime(value, key)
  }
  // GNU gives sparse files another name in the header, for programs that cannot read them.
  name = records.findLast(([key]) => key === 'GNU.sparse.name')?.[1] ?? name
  entry.name = name
  // Archives older than ustar mark a directory by its slash.
  if (type === 'file' && name[name.length - 1] === 0x2f) entry.type = 'directory'
  if (name.includes(0) || entry.linkName.includes(0)) throw invalidArchive('a name contains a NUL', name)
  if (entry.uid > highestId || entry.gid > highestId) throw invalidArchive('a user or group id is out of range', name)
  return entry
}

/** Bytes that follow the header. Only files have any, whatever a header claims (as Go and docker read it). */
function storedSize(raw: RawHeader, records: PaxRecords, type: EntryType): number {
  if (type !== 'file') return 0
  const size = records.findLast(([key, value]) => key === 'size' && value.length > 0)
  return size ? paxNumber(size[1], 'size') : raw.size
}

function pad(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
