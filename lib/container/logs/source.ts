import { read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import { GantryError } from '../../errors/index.js'
import { Changes } from './changes.js'
import { LogFiles } from './files.js'
import { type LogRecord, type LogStream, RecordParser } from './record.js'
import { findTail } from './tail.js'

const read = promisify(readCallback)

const chunkBytes = 512 * 1024
/** Smaller reads are copied out of their chunk, so that a slow log does not hold a chunk for each line. */
const worthAChunk = chunkBytes / 4
/** How often a follower that sees no change asks whether the container still lives, in milliseconds. */
const aliveEveryMs = 100

export interface SourceOptions {
  follow: boolean
  /** undefined: from the beginning. */ tail: number | undefined
  /** Files that were last written to before this are passed over. */ sinceNs: bigint | undefined
  /** A follower ends at this time. */ untilNs: bigint | undefined
  wanted: (stream: LogStream) => boolean
  alive: () => boolean | Promise<boolean>
  signal: AbortSignal | undefined
}

export interface Batch {
  records: LogRecord[]
  /** Lines of these and the following records that the tail does not want; the same in every batch. */ skip: number
}

/** The records of a log in the order in which they were written, a chunk's worth at a time. */
export async function* readBatches(directory: string, options: SourceOptions): AsyncGenerator<Batch, void, undefined> {
  const files = new LogFiles(directory)
  const changes = options.follow ? new Changes(directory, () => files.refresh()) : undefined
  try {
    files.refresh()
    const start = options.tail === undefined ? undefined : findTail(files.all, options.tail, options.wanted)
    for (let index = 0; index < (start?.file ?? 0); index++) files.advance()
    // The tail's count of lines begins where it says; without one, files that are too old need not be read.
    if (start === undefined && options.sinceNs !== undefined) passOver(files, Number(options.sinceNs / 1_000_000n))
    const parser = new RecordParser()
    const skip = start?.skip ?? 0
    let position = start?.offset ?? 0
    let complete = false
    let ended = !options.follow
    let chunk = Buffer.allocUnsafeSlow(chunkBytes)
    for (;;) {
      if (options.signal?.aborted) throw aborted(options.signal)
      const file = files.first
      if (file !== undefined) {
        const end = options.follow ? Number.POSITIVE_INFINITY : file.size
        const { bytesRead } = await read(
          file.descriptor,
          chunk,
          0,
          Math.min(chunk.length, Math.max(0, end - position)),
          position,
        )
        const whole = bytesRead >= worthAChunk
        const data = whole ? chunk.subarray(0, bytesRead) : Buffer.from(chunk.subarray(0, bytesRead))
        const records: LogRecord[] = []
        const consumed = parser.parse(data, records)
        position += consumed
        if (whole) chunk = Buffer.allocUnsafeSlow(chunkBytes)
        if (records.length > 0) yield { records, skip }
        if (consumed > 0) continue
        if (options.follow) files.refresh()
        if (files.rotated) {
          // What was written between the last read and the rotation is still to be read, once.
          if (options.follow && !complete) {
            complete = true
            continue
          }
          files.advance()
          parser.reset()
          position = 0
          complete = false
          continue
        }
      } else files.refresh()
      if (ended && (files.first === undefined || file !== undefined)) return
      if (ended) continue
      if (options.untilNs !== undefined && BigInt(Date.now()) * 1_000_000n > options.untilNs) ended = true
      else if (await options.alive()) await changes?.wait(aliveEveryMs, options.signal)
      else ended = true
    }
  } finally {
    changes?.close()
    files.close()
  }
}

function passOver(files: LogFiles, sinceMs: number): void {
  while (files.rotated && files.first!.modifiedMs < sinceMs) files.advance()
}

/** A signal that was made for a timeout carries the error to throw. */
function aborted(signal: AbortSignal): GantryError {
  const { reason } = signal
  return reason instanceof GantryError
    ? reason
    : new GantryError('ERR_ABORTED', 'reading the log was aborted', { cause: reason })
}
