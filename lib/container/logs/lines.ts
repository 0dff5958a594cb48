import type { LogRecord, LogStream } from './record.js'

/** A line that is longer is delivered in pieces of this many bytes. */
export const maxLineBytes = 1 << 20

const newline = 0x0a

/** A line without its newline, as raw bytes. */
export interface LogLine {
  readonly stream: LogStream
  /** When its first byte was read, in nanoseconds since the epoch. */ readonly timeNs: bigint
  readonly bytes: Buffer
}

interface OpenLine {
  timeNs: bigint
  parts: Buffer[]
  length: number
}

/** Puts lines together that are spread over records of two interleaved streams. */
export class LineAssembler {
  readonly #open: Record<LogStream, OpenLine | undefined> = { stdout: undefined, stderr: undefined }

  /** Adds the lines that this record completes. */
  push(record: LogRecord, lines: LogLine[]): void {
    const { stream, bytes } = record
    if (!record.continues) this.#finish(stream, lines)
    const timeNs = record.timeNs
    let from = 0
    while (from < bytes.length) {
      const found = bytes.indexOf(newline, from)
      const end = found < 0 ? bytes.length : found
      this.#add(stream, timeNs, bytes.subarray(from, end), found >= 0, lines)
      from = end + 1
    }
  }

  /** Ends the lines that have no newline, the one that began first before the other. */
  finish(lines: LogLine[]): void {
    for (const stream of this.openStreams()) this.#finish(stream, lines)
  }

  /** The streams that have an unfinished line, in the order in which those began. */
  openStreams(): LogStream[] {
    const { stdout, stderr } = this.#open
    if (stdout !== undefined && stderr !== undefined) {
      return stderr.timeNs < stdout.timeNs ? ['stderr', 'stdout'] : ['stdout', 'stderr']
    }
    if (stdout !== undefined) return ['stdout']
    return stderr === undefined ? [] : ['stderr']
  }

  #add(stream: LogStream, timeNs: bigint, part: Buffer, ends: boolean, lines: LogLine[]): void {
    let rest = part
    for (;;) {
      const open = this.#open[stream]
      const room = maxLineBytes - (open?.length ?? 0)
      if (rest.length <= room) break
      this.#extend(stream, timeNs, rest.subarray(0, room))
      this.#finish(stream, lines)
      rest = rest.subarray(room)
    }
    if (ends && this.#open[stream] === undefined) lines.push({ stream, timeNs, bytes: rest })
    else {
      this.#extend(stream, timeNs, rest)
      if (ends) this.#finish(stream, lines)
    }
  }

  #extend(stream: LogStream, timeNs: bigint, part: Buffer): void {
    const open = this.#open[stream]
    if (open === undefined) this.#open[stream] = { timeNs, parts: [part], length: part.length }
    else {
      open.parts.push(part)
      open.length += part.length
    }
  }

  #finish(stream: LogStream, lines: LogLine[]): void {
    const open = this.#open[stream]
    if (open === undefined) return
    this.#open[stream] = undefined
    lines.push({
      stream,
      timeNs: open.timeNs,
      bytes: open.parts.length === 1 ? open.parts[0]! : Buffer.concat(open.parts),
    })
  }
}
