import { readSync } from 'node:fs'
import type { OpenLog } from './files.js'
import { LineAssembler, type LogLine } from './lines.js'
import {
  findHeader,
  headerBytes,
  type LogRecord,
  type LogStream,
  maxRecordBytes,
  payloadLength,
  RecordParser,
} from './record.js'

/** Where to begin reading so that the last lines come, and how many lines to pass over from there. */
export interface TailStart {
  /** Index in the list of files. */ file: number
  /** A record begins here. */ offset: number
  /** Lines to pass over, in the order in which they are completed. */ skip: number
}

const firstWindow = 2 * maxRecordBytes
const chunkBytes = 512 * 1024

/**
 * Finds the last `count` lines of the streams that are wanted, reading from the end and no more than is needed: a window
 * at the end of the newest file, then larger ones, then older files.
 */
export function findTail(files: readonly OpenLog[], count: number, wanted: (stream: LogStream) => boolean): TailStart {
  if (files.length === 0) return { file: 0, offset: 0, skip: 0 }
  let file = files.length - 1
  let window = firstWindow
  for (;;) {
    const log = files[file]!
    const offset = recordBoundary(log, window)
    const counted = countLines(files, file, offset, wanted)
    const oldest = offset === 0 && file === 0
    if (oldest || counted.lines - counted.cutOff >= count) {
      return { file, offset, skip: Math.max(0, counted.lines - count) }
    }
    if (offset === 0) {
      file--
      window = firstWindow
    } else window *= 4
  }
}

/**
 * An offset at least `window` bytes before the end at which a record certainly begins; 0 always qualifies. What a container
 * prints may look like a header, so a boundary counts only when every candidate in the window agrees with it.
 */
export function recordBoundary(log: OpenLog, window: number): number {
  const start = log.size - window
  if (start <= 0) return 0
  const buffer = Buffer.allocUnsafe(window)
  const data = buffer.subarray(0, readFully(log.descriptor, buffer, start))
  // A first candidate that is false lies in a record that began before the window and ends within maxRecordBytes.
  let boundary = -1
  let next = -1
  for (let at = findHeader(data, 0); at >= 0; at = findHeader(data, at + 1)) {
    if (next >= 0 && at !== next) return 0
    if (boundary < 0 && at >= maxRecordBytes) boundary = at
    next = at + headerBytes + payloadLength(data, at)
  }
  const torn = next >= 0 && next < data.length && data.length - next >= headerBytes
  return boundary < 0 || torn ? 0 : start + boundary
}

interface Count {
  lines: number
  /** Of these, how many to pass over so that no line comes whose beginning lies before the region. */ cutOff: number
}

function countLines(
  files: readonly OpenLog[],
  first: number,
  offset: number,
  wanted: (stream: LogStream) => boolean,
): Count {
  const assembler = new LineAssembler()
  const headless = new Set<LogStream>(['stdout', 'stderr'])
  const lines: LogLine[] = []
  const count: Count = { lines: 0, cutOff: 0 }
  const take = (): void => {
    for (const line of lines) {
      count.lines++
      if (cut.delete(line.stream)) count.cutOff = count.lines
    }
    lines.length = 0
  }
  const cut = new Set<LogStream>()
  for (const records of readRegion(files, first, offset)) {
    for (const record of records) {
      if (!wanted(record.stream)) continue
      if (headless.delete(record.stream) && record.continues) cut.add(record.stream)
      assembler.push(record, lines)
    }
    take()
  }
  assembler.finish(lines)
  take()
  return count
}

function* readRegion(files: readonly OpenLog[], first: number, offset: number): Generator<LogRecord[]> {
  const parser = new RecordParser()
  const buffer = Buffer.allocUnsafe(chunkBytes)
  for (let index = first; index < files.length; index++) {
    const log = files[index]!
    parser.reset()
    for (let position = index === first ? offset : 0; position < log.size; ) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, log.size - position))
      const data = chunk.subarray(0, readFully(log.descriptor, chunk, position))
      const records: LogRecord[] = []
      const consumed = parser.parse(data, records)
      if (consumed === 0) break
      position += consumed
      yield records
    }
  }
}

function readFully(descriptor: number, buffer: Buffer, position: number): number {
  let done = 0
  while (done < buffer.length) {
    const read = readSync(descriptor, buffer, done, buffer.length - done, position + done)
    if (read === 0) break
    done += read
  }
  return done
}
