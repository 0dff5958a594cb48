import { GantryError } from '../../errors/index.js'
import type { LogBytes, LogEntry, LogOptions } from '../types.js'
import { LineAssembler, type LogLine } from './lines.js'
import { parseMoment } from './moment.js'
import type { LogRecord, LogStream } from './record.js'
import { readBatches, type SourceOptions } from './source.js'

export type Alive = () => boolean | Promise<boolean>

export type { LogBytes }

/** What the readers obey of LogOptions; `timeout` is the caller's, who makes a signal of it, and `raw` chooses the reader. */
export type LogReadOptions = Omit<LogOptions, 'timeout' | 'raw'>

export interface LogBytesOptions extends LogReadOptions {
  /** Join neighbouring pieces of one stream (the time is the first one's), which makes fewer writes. Default false. */
  join?: boolean
}

/** Pieces of so many bytes are not joined to others. */
const largePiece = 16 * 1024

interface Plan extends SourceOptions {
  accepts: (timeNs: bigint) => boolean
}

/**
 * The lines of a log as text (bytes that are no UTF-8 become U+FFFD), in the order in which they were completed.
 * `directory` is the container's log directory; `alive` says whether more may come, and ends a follow when it does not.
 */
export async function* readLogs(
  directory: string,
  options: LogReadOptions,
  alive: Alive,
): AsyncGenerator<LogEntry, void, undefined> {
  for await (const lines of readLineBatches(directory, plan(options, alive))) {
    for (const { stream, timeNs, bytes } of lines) {
      yield { stream, time: new Date(Number(timeNs / 1_000_000n)), timeNs, text: bytes.toString('utf8') }
    }
  }
}

/** The lines of a log without their newline, as raw bytes. */
export async function* readLogLines(
  directory: string,
  options: LogReadOptions,
  alive: Alive,
): AsyncGenerator<LogLine, void, undefined> {
  for await (const lines of readLineBatches(directory, plan(options, alive))) yield* lines
}

/** The log as it was printed, in pieces of the size in which it was read, with no work for each line: the fast way. */
export async function* readLogBytes(
  directory: string,
  options: LogBytesOptions,
  alive: Alive,
): AsyncGenerator<LogBytes, void, undefined> {
  const todo = plan(options, alive)
  const head = new LineAssembler()
  const headless = new Set<LogStream>(todo.sinceNs === undefined ? [] : ['stdout', 'stderr'])
  const join = options.join === true && todo.sinceNs === undefined && todo.untilNs === undefined
  let skipped = 0
  let skipping = true
  for await (const { records, skip } of readBatches(directory, todo)) {
    if (join && skipped >= skip) {
      yield* joined(records, todo)
      continue
    }
    for (const record of records) {
      if (!todo.wanted(record.stream)) continue
      if (skipping && skipped < skip) {
        const lines: LogLine[] = []
        head.push(record, lines)
        skipped += lines.length
        if (skipped < skip) continue
        yield* terminated(lines.slice(lines.length - (skipped - skip)), todo)
        yield* unfinished(head, todo)
        skipping = false
        continue
      }
      const bytes = headless.size > 0 ? fromLineStart(record, headless, todo) : record.bytes
      if (bytes.length > 0 && todo.accepts(record.timeNs)) yield { stream: record.stream, timeNs: record.timeNs, bytes }
    }
  }
}

function* joined(records: LogRecord[], todo: Plan): Generator<LogBytes> {
  for (let from = 0, to = 0; from < records.length; from = to) {
    const { stream, timeNs } = records[from]!
    const parts: Buffer[] = []
    for (to = from; records[to]?.stream === stream; to++) {
      const { bytes } = records[to]!
      // A large one is not worth its copy.
      if (bytes.length >= largePiece && to > from) break
      parts.push(bytes)
      if (bytes.length < largePiece) continue
      to++
      break
    }
    if (todo.wanted(stream)) yield { stream, timeNs, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) }
  }
}

/** Lines that the tail's first record holds beyond those passed over. */
function* terminated(lines: LogLine[], todo: Plan): Generator<LogBytes> {
  for (const { stream, timeNs, bytes } of lines) {
    if (todo.accepts(timeNs)) yield { stream, timeNs, bytes: Buffer.concat([bytes, Buffer.from('\n')]) }
  }
}

function* unfinished(head: LineAssembler, todo: Plan): Generator<LogBytes> {
  const lines: LogLine[] = []
  head.finish(lines)
  for (const line of lines) if (todo.accepts(line.timeNs)) yield line
}

/** The record without the end of a line that began before `since`. */
function fromLineStart(record: LogRecord, headless: Set<LogStream>, todo: Plan): Buffer {
  if (!headless.has(record.stream)) return record.bytes
  if (!todo.accepts(record.timeNs)) return Buffer.alloc(0)
  if (!record.continues) {
    headless.delete(record.stream)
    return record.bytes
  }
  const newline = record.bytes.indexOf(0x0a)
  if (newline >= 0) headless.delete(record.stream)
  return newline < 0 ? Buffer.alloc(0) : record.bytes.subarray(newline + 1)
}

async function* readLineBatches(directory: string, todo: Plan): AsyncGenerator<LogLine[], void, undefined> {
  const assembler = new LineAssembler()
  let passed = 0
  let target = 0
  const select = (lines: LogLine[]): LogLine[] => {
    const over = Math.min(lines.length, target - passed)
    passed += over
    const rest = over > 0 ? lines.slice(over) : lines
    return todo.sinceNs === undefined && todo.untilNs === undefined
      ? rest
      : rest.filter((line) => todo.accepts(line.timeNs))
  }
  for await (const { records, skip } of readBatches(directory, todo)) {
    target = skip
    const lines: LogLine[] = []
    for (const record of records) if (todo.wanted(record.stream)) assembler.push(record, lines)
    const selected = select(lines)
    if (selected.length > 0) yield selected
  }
  const last: LogLine[] = []
  assembler.finish(last)
  yield select(last)
}

/** Checks the options; a wrong one is an error before anything is opened. */
function plan(options: LogReadOptions, alive: Alive): Plan {
  const { stdout = true, stderr = true, tail = 'all' } = options
  if (tail !== 'all' && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new GantryError('ERR_INVALID_OPTION', `tail: ${JSON.stringify(tail)} is not a number of lines`, {
      hint: "use a whole number from 0, or 'all'",
    })
  }
  const sinceNs = options.since === undefined ? undefined : parseMoment('since', options.since)
  const untilNs = options.until === undefined ? undefined : parseMoment('until', options.until)
  return {
    follow: options.follow ?? false,
    tail: tail === 'all' ? undefined : tail,
    sinceNs,
    untilNs,
    wanted: stdout && stderr ? () => true : (stream) => (stream === 'stdout' ? stdout : stderr),
    accepts: (timeNs) => (sinceNs === undefined || timeNs >= sinceNs) && (untilNs === undefined || timeNs <= untilNs),
    alive: alive,
    signal: options.signal,
  }
}
