import type { EntryType, TarEntry } from './entry.js'
import { blockSize, checksum } from './header.js'
import { formatPax } from './pax.js'

const flags: Record<EntryType, string> = { file: '0', hardlink: '1', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6' }

/** The largest number of eleven octal digits, and of seven. */
const widest = { size: 0o77777777777, id: 0o7777777 }

/**
 * The header of a member (ustar, with a PAX header in front where ustar has no room). The same entry always gives the same bytes. The file's
 * bytes, `padding(size)` zeros and, at the end of the archive, `endOfArchive` are for the caller to add. `extra` are more PAX records.
 */
export function encodeHeader(entry: TarEntry, extra: readonly Buffer[] = []): Buffer {
  const records = [...extra, ...extendedRecords(entry)]
  const own = ustarBlock(entry.name, entry.linkName, entry, flags[entry.type])
  if (records.length === 0) return own
  const body = Buffer.concat(records)
  const plain = { size: body.length, mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, major: 0, minor: 0 }
  const front = ustarBlock(Buffer.from('PaxHeaders/entry'), Buffer.alloc(0), plain, 'x')
  return Buffer.concat([front, body, padding(body.length), own])
}

/** The zeros that follow this many bytes. */
export function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}

export const endOfArchive: Buffer = Buffer.alloc(2 * blockSize)

function extendedRecords(entry: TarEntry): Buffer[] {
  const records: Buffer[] = []
  const add = (key: string, value: Buffer | string) => records.push(formatPax(key, Buffer.from(value as string)))
  if (entry.name.length > 100 || !isAscii(entry.name)) add('path', entry.name)
  if (entry.linkName.length > 100 || !isAscii(entry.linkName)) add('linkpath', entry.linkName)
  if (entry.size > widest.size) add('size', String(entry.size))
  if (entry.uid > widest.id) add('uid', String(entry.uid))
  if (entry.gid > widest.id) add('gid', String(entry.gid))
  const seconds = floorSeconds(entry.mtimeNs)
  if (entry.mtimeNs !== seconds * 1_000_000_000n || seconds < 0n || seconds > BigInt(widest.size)) add('mtime', decimalSeconds(entry.mtimeNs))
  for (const name of [...entry.xattrs.keys()].sort()) add(`SCHILY.xattr.${name}`, entry.xattrs.get(name)!)
  return records
}

type Numbers = Pick<TarEntry, 'size' | 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'major' | 'minor'>

function ustarBlock(name: Buffer, linkName: Buffer, entry: Numbers, flag: string): Buffer {
  const block = Buffer.alloc(blockSize)
  name.copy(block, 0, 0, Math.min(name.length, 100))
  writeOctal(block, 100, 8, entry.mode & 0o7777)
  writeOctal(block, 108, 8, entry.uid > widest.id ? 0 : entry.uid)
  writeOctal(block, 116, 8, entry.gid > widest.id ? 0 : entry.gid)
  writeOctal(block, 124, 12, entry.size > widest.size ? 0 : entry.size)
  const seconds = Number(floorSeconds(entry.mtimeNs))
  writeOctal(block, 136, 12, seconds < 0 || seconds > widest.size ? 0 : seconds)
  block.write(flag, 156, 'latin1')
  linkName.copy(block, 157, 0, Math.min(linkName.length, 100))
  block.write('ustar\u000000', 257, 'latin1')
  writeOctal(block, 329, 8, entry.major)
  writeOctal(block, 337, 8, entry.minor)
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function writeOctal(block: Buffer, start: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, start, 'latin1')
}

function floorSeconds(timeNs: bigint): bigint {
  const seconds = timeNs / 1_000_000_000n
  return timeNs < 0n && seconds * 1_000_000_000n !== timeNs ? seconds - 1n : seconds
}

function decimalSeconds(timeNs: bigint): string {
  const magnitude = timeNs < 0n ? -timeNs : timeNs
  const fraction = (magnitude % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  return `${timeNs < 0n ? '-' : ''}${magnitude / 1_000_000_000n}${fraction ? `.${fraction}` : ''}`
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80)
}
