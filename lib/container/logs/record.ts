/**
 * The records of a container's log: a 32-byte header `O 1763769162.123456789 00000042\n`, then that many raw bytes.
 * O stdout, E stderr, T terminal; lower case when the record continues a line that this stream left open.
 */
export const headerBytes = 32

/** No record is longer than this: one read(2) of a pipe gives no more than the pipe holds. */
export const maxRecordBytes = 1 << 20

export type LogStream = 'stdout' | 'stderr'

const streamOf: readonly (LogStream | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const letter = String.fromCharCode(code)
  if ('OoTt'.includes(letter)) return 'stdout'
  return 'Ee'.includes(letter) ? 'stderr' : undefined
})

const lowerCaseBit = 0x20
const newline = 0x0a

export class LogRecord {
  constructor(
    readonly stream: LogStream,
    /** It begins in the middle of a line. */
    readonly continues: boolean,
    readonly seconds: number,
    readonly nanoseconds: number,
    /** A view of the chunk that was read; nothing is copied. */
    readonly bytes: Buffer,
  ) {}

  /** Nanoseconds since the epoch. */
  get timeNs(): bigint {
    return BigInt(this.seconds) * 1_000_000_000n + BigInt(this.nanoseconds)
  }
}

/** The decimal number in a range of a buffer, or -1 when there is something else in it. */
function decimal(buffer: Buffer, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = buffer[at]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** The length of the payload that the header at this offset announces, or -1 when there is no header. */
export function payloadLength(buffer: Buffer, at: number): number {
  if (at + headerBytes > buffer.length) return -1
  if (buffer[at + headerBytes - 1] !== newline || streamOf[buffer[at]!] === undefined) return -1
  if (buffer[at + 1] !== 0x20 || buffer[at + 12] !== 0x2e || buffer[at + 22] !== 0x20) return -1
  if (decimal(buffer, at + 2, at + 12) < 0 || decimal(buffer, at + 13, at + 22) < 0) return -1
  return decimal(buffer, at + 23, at + 31)
}

/** The offset of the first header at or after `from`, or -1. */
export function findHeader(buffer: Buffer, from: number): number {
  // The cheapest thing to look for is the newline that ends a header.
  let end = buffer.indexOf(newline, from + headerBytes - 1)
  while (end >= 0) {
    const at = end - headerBytes + 1
    if (payloadLength(buffer, at) >= 0) return at
    end = buffer.indexOf(newline, end + 1)
  }
  return -1
}

/** Makes a record; what the monitor does in C++, for tests and for tools. */
export function formatRecord(letter: string, timeNs: bigint, payload: Uint8Array): Buffer {
  const seconds = String(timeNs / 1_000_000_000n).padStart(10, '0')
  const nanoseconds = String(timeNs % 1_000_000_000n).padStart(9, '0')
  const length = String(payload.length).padStart(8, '0')
  return Buffer.concat([Buffer.from(`${letter} ${seconds}.${nanoseconds} ${length}\n`, 'latin1'), payload])
}

/**
 * Cuts chunks of a log file into records. A payload that spans chunks comes in pieces, so that memory is bounded by the
 * chunk. Bytes that are no record (a torn write before a crash) are passed over up to the next header.
 */
export class RecordParser {
  #missing = 0
  #stream: LogStream = 'stdout'
  #seconds = 0
  #nanoseconds = 0
  #open = false

  /** Forgets an unfinished record: the next bytes are the beginning of a file. */
  reset(): void {
    this.#missing = 0
  }

  /**
   * Adds the records, or pieces of records, in this chunk; they are views of it. Answers how many bytes were consumed:
   * the next chunk must begin with the first that was not, which belongs to a header cut off by the chunk's end.
   */
  parse(chunk: Buffer, records: LogRecord[]): number {
    let at = Math.min(this.#missing, chunk.length)
    if (at > 0) this.#take(records, chunk.subarray(0, at), this.#open)
    this.#missing -= at
    while (chunk.length - at >= headerBytes) {
      const length = payloadLength(chunk, at)
      if (length < 0) {
        const next = findHeader(chunk, at + 1)
        at = next < 0 ? chunk.length - headerBytes + 1 : next
        continue
      }
      const letter = chunk[at]!
      this.#stream = streamOf[letter]!
      this.#seconds = decimal(chunk, at + 2, at + 12)
      this.#nanoseconds = decimal(chunk, at + 13, at + 22)
      at += headerBytes
      const end = Math.min(at + length, chunk.length)
      this.#take(records, chunk.subarray(at, end), (letter & lowerCaseBit) !== 0)
      this.#missing = length - (end - at)
      at = end
    }
    return at
  }

  #take(records: LogRecord[], bytes: Buffer, continues: boolean): void {
    this.#open = bytes.length > 0 ? bytes[bytes.length - 1] !== newline : continues
    if (bytes.length > 0) records.push(new LogRecord(this.#stream, continues, this.#seconds, this.#nanoseconds, bytes))
  }
}
