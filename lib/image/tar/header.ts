import { invalidArchive } from './entry.js'

export const blockSize = 512

/** What a header block says, before PAX records and long names are applied. */
export interface RawHeader {
  name: Buffer
  typeFlag: string
  linkName: Buffer
  size: number
  mode: number
  uid: number
  gid: number
  mtime: number
  major: number
  minor: number
  gnu: boolean
}

/** Decode a header block strictly; undefined for a block of zeros. */
export function decodeHeader(block: Buffer): RawHeader | undefined {
  const stored = octal(block, 148, 8, 'checksum', true)
  const sum = checksum(block)
  if (sum === 8 * 0x20 && isZero(block)) return undefined
  if (stored !== sum) throw invalidArchive('a header has a wrong checksum: this is no tar archive, or it is damaged')
  const magic = block.toString('latin1', 257, 263)
  const posix = magic === 'ustar\0'
  const gnu = magic === 'ustar '
  // 'tar\0' at the end marks Schilling's variant, whose prefix is shorter.
  const prefixLength = posix ? (block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155) : 0
  const prefix = text(block, 345, prefixLength)
  const name = text(block, 0, 100)
  const modern = posix || gnu
  return {
    name: prefix.length ? Buffer.concat([prefix, Buffer.from('/'), name]) : Buffer.from(name),
    typeFlag: String.fromCharCode(block[156]!),
    linkName: Buffer.from(text(block, 157, 100)),
    size: number(block, 124, 12, 'size'),
    mode: number(block, 100, 8, 'mode') & 0o7777,
    uid: number(block, 108, 8, 'user id'),
    gid: number(block, 116, 8, 'group id'),
    mtime: number(block, 136, 12, 'time', true),
    major: modern ? number(block, 329, 8, 'device') : 0,
    minor: modern ? number(block, 337, 8, 'device') : 0,
    gnu,
  }
}

/** The sum of a header's bytes, with spaces in place of the stored sum. */
export function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (let index = 0; index < 148; index++) sum += block[index]!
  for (let index = 156; index < blockSize; index++) sum += block[index]!
  return sum
}

/** A numeric field: octal digits, or base 256 when the first bit is set. */
export function number(block: Buffer, start: number, length: number, what: string, negative = false): number {
  const value = block[start]! & 0x80 ? base256(block, start, length, what) : octal(block, start, length, what)
  if (!negative && value < 0) throw invalidArchive(`a header has a negative ${what}`)
  return value
}

function octal(block: Buffer, start: number, length: number, what: string, lenient = false): number {
  const digits = block.toString('latin1', start, start + length).replace(/^[ \0]+/, '').replace(/[ \0][\s\S]*$/, '')
  if (digits === '') return 0
  if (!/^[0-7]+$/.test(digits)) {
    if (lenient) return -1
    throw invalidArchive(`a header has a ${what} that is not a number`)
  }
  return Number.parseInt(digits, 8)
}

function base256(block: Buffer, start: number, length: number, what: string): number {
  const negative = (block[start]! & 0x40) !== 0
  let value = BigInt(block[start]! & 0x7f)
  if (negative) value -= 0x80n
  for (let index = 1; index < length; index++) value = (value << 8n) | BigInt(block[start + index]!)
  const result = Number(value)
  if (!Number.isSafeInteger(result)) throw invalidArchive(`a header has a ${what} that is out of range`)
  return result
}

function text(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return end < 0 ? field : field.subarray(0, end)
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}
