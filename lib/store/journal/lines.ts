import { readSync } from 'node:fs'
import { longestLine } from './event.js'

const newline = 0x0a
const chunkSize = 256 * 1024

/** Reads the complete lines that have been added to a file since the last time. */
export class LineReader {
  readonly descriptor: number
  #offset: number
  #rest: Buffer = Buffer.alloc(0)
  /** Inside a line that is too long: skip to its end. */ #skipping = false

  constructor(descriptor: number, offset = 0) {
    this.descriptor = descriptor
    this.#offset = offset
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset
  }

  *read(): Generator<string> {
    const chunk = Buffer.allocUnsafe(chunkSize)
    for (;;) {
      const count = readSync(this.descriptor, chunk, 0, chunkSize, this.#offset)
      if (count === 0) return
      this.#offset += count
      yield* this.#split(this.#rest.length ? Buffer.concat([this.#rest, chunk.subarray(0, count)]) : chunk.subarray(0, count))
    }
  }

  *#split(bytes: Buffer): Generator<string> {
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      if (!this.#skipping && end > start && end - start <= longestLine) yield bytes.toString('utf8', start, end)
      this.#skipping = false
      start = end + 1
    }
    const rest = bytes.subarray(start)
    if (rest.length > longestLine) this.#skipping = true
    // A copy, because the chunk is used again.
    this.#rest = this.#skipping ? Buffer.alloc(0) : Buffer.from(rest)
  }
}
