import { nextData, nextHole } from '../../native/index.js'
import type { TarEntry } from '../tar/index.js'
import { encodeHeader, padding } from '../tar/index.js'
import { formatPax } from '../tar/pax.js'

/** A run of stored bytes of a sparse file. */
export interface Piece {
  offset: number
  length: number
}

/** A hole that is smaller is written as zeros: it is not worth an entry of the map. */
const worthAHole = 64 * 1024
/** Readers refuse maps that are longer. */
const mostPieces = 16_384

/** Where a file has bytes; undefined when it has no hole that matters, or too many. */
export function findPieces(fd: number, size: number): Piece[] | undefined {
  const pieces: Piece[] = []
  let end = 0
  while (end < size) {
    const start = nextData(fd, end)
    if (start < 0 || start >= size) break
    end = Math.min(size, nextHole(fd, start))
    // The file may shrink meanwhile.
    if (end <= start) break
    const last = pieces.at(-1)
    if (last !== undefined && start - (last.offset + last.length) < worthAHole) last.length = end - last.offset
    else pieces.push({ offset: start, length: end - start })
    if (pieces.length > mostPieces) return undefined
  }
  const stored = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return size - stored < worthAHole ? undefined : pieces
}

/**
 * The header and the map of a sparse file in GNU's PAX format 1.0, which GNU tar, libarchive, Go and Gantry read. The pieces'
 * bytes follow, then the padding of all that was stored: map and pieces.
 */
export function encodeSparseHeader(entry: TarEntry, pieces: readonly Piece[]): Buffer {
  // GNU tar gives a file that ends in a hole its size only by a last, empty piece.
  const mapped = [...pieces, { offset: entry.size, length: 0 }]
  const numbers = [mapped.length, ...mapped.flatMap((piece) => [piece.offset, piece.length])]
  const text = Buffer.from(`${numbers.join('\n')}\n`)
  const map = Buffer.concat([text, padding(text.length)])
  const stored = pieces.reduce((sum, piece) => sum + piece.length, map.length)
  const records: [string, Buffer][] = [
    ['GNU.sparse.major', Buffer.from('1')],
    ['GNU.sparse.minor', Buffer.from('0')],
    ['GNU.sparse.name', entry.name],
    ['GNU.sparse.realsize', Buffer.from(String(entry.size))],
  ]
  const standIn = { ...entry, name: Buffer.from('GNUSparseFile.0/file'), size: stored }
  return Buffer.concat([
    encodeHeader(
      standIn,
      records.map(([key, value]) => formatPax(key, value)),
    ),
    map,
  ])
}
