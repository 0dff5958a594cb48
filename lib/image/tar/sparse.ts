import { invalidArchive } from './entry.js'
import { blockSize, number } from './header.js'
import { paxNumber, type PaxRecords } from './pax.js'

/** Where the stored bytes of a sparse file belong; between the pieces are holes. */
export interface SparseMap {
  /** The file's size with its holes. */ size: number
  pieces: { offset: number; length: number }[]
}

const mostPieces = 65536
const longestMapText = 256 * 1024

/** Old GNU format ('S'): four pieces in the header, and whether blocks with more follow. */
export function gnuSparse(block: Buffer): { map: SparseMap; more: boolean } {
  const map: SparseMap = { size: number(block, 483, 12, 'size'), pieces: [] }
  addPieces(map, block, 386, 4)
  return { map, more: block[482] !== 0 }
}

/** A block of more pieces. Returns whether yet another follows. */
export function gnuSparseMore(map: SparseMap, block: Buffer): boolean {
  addPieces(map, block, 0, 21)
  return block[504] !== 0
}

function addPieces(map: SparseMap, block: Buffer, start: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const place = start + index * 24
    if (block[place] === 0) return
    addPiece(map, number(block, place, 12, 'offset'), number(block, place + 12, 12, 'length'))
  }
}

/** GNU's PAX formats 0.0 and 0.1, whose map is in the records; undefined when the file is not sparse in that way. */
export function paxSparse(records: PaxRecords): SparseMap | undefined {
  const size = last(records, 'GNU.sparse.size')
  if (!size) return undefined
  const map: SparseMap = { size: paxNumber(size, 'GNU.sparse.size'), pieces: [] }
  const list = last(records, 'GNU.sparse.map')?.toString('latin1').split(',').filter((text) => text !== '')
  const numbers = list ?? records.filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes').map(([, value]) => value.toString('latin1'))
  if (numbers.length % 2) throw invalidArchive('the map of a sparse file is incomplete')
  for (let index = 0; index < numbers.length; index += 2) addPiece(map, decimal(numbers[index]!), decimal(numbers[index + 1]!))
  return map
}

/** GNU's PAX format 1.0: the file's size; its map stands in front of the stored bytes. */
export function paxSparseInBody(records: PaxRecords): number | undefined {
  if (last(records, 'GNU.sparse.major')?.toString() !== '1' || last(records, 'GNU.sparse.minor')?.toString() !== '0') return undefined
  const size = last(records, 'GNU.sparse.realsize')
  if (!size) throw invalidArchive('a sparse file does not tell its size')
  return paxNumber(size, 'GNU.sparse.realsize')
}

/** Parse the map in front of the stored bytes: decimal numbers, one a line, padded to blocks. undefined: more bytes are needed. */
export function parseBodyMap(bytes: Buffer, size: number): { map: SparseMap; used: number } | undefined {
  const map: SparseMap = { size, pieces: [] }
  let place = 0
  const next = (): number | undefined => {
    const end = bytes.indexOf(0x0a, place)
    if (end < 0) {
      if (bytes.length > longestMapText || bytes.length - place > 32) throw invalidArchive('the map of a sparse file has no end')
      return undefined
    }
    const value = decimal(bytes.toString('latin1', place, end))
    place = end + 1
    return value
  }
  const count = next()
  if (count === undefined) return undefined
  if (count > mostPieces) throw invalidArchive('a sparse file has too many pieces')
  for (let index = 0; index < count; index++) {
    const offset = next()
    const length = offset === undefined ? undefined : next()
    if (offset === undefined || length === undefined) return undefined
    addPiece(map, offset, length)
  }
  return { map, used: Math.ceil(place / blockSize) * blockSize }
}

/** The pieces must ascend inside the file and be as long together as what is stored. */
export function checkSparse(map: SparseMap, stored: number): void {
  let end = 0
  let sum = 0
  for (const { offset, length } of map.pieces) {
    if (offset < end || offset + length > map.size) throw invalidArchive('the pieces of a sparse file overlap or leave the file')
    end = offset + length
    sum += length
  }
  if (sum !== stored) throw invalidArchive('the pieces of a sparse file do not have the size that is stored')
}

function addPiece(map: SparseMap, offset: number, length: number): void {
  if (map.pieces.length >= mostPieces) throw invalidArchive('a sparse file has too many pieces')
  if (!Number.isSafeInteger(offset + length)) throw invalidArchive('a piece of a sparse file is out of range')
  map.pieces.push({ offset, length })
}

function decimal(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw invalidArchive('the map of a sparse file has something that is not a number')
  return Number(text)
}

function last(records: PaxRecords, key: string): Buffer | undefined {
  return records.findLast(([name]) => name === key)?.[1]
}
