import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs'
import { ioError } from '../failure.js'
import { nowNs, parseTime } from '../time.js'
import { formatEvent, type JournalEvent, longestLine, type NewEvent, parseEvent } from './event.js'
import { journalFiles, type JournalFiles, openBoth, rotate, rotationSize } from './files.js'
import { compileFilters, type EventFilters } from './filters.js'
import { followJournal, type Position } from './follow.js'
import { LineReader } from './lines.js'

export interface EventQuery {
  /** From when on; see parseTime. Default: the beginning (read), now (follow). */ since?: Date | number | string
  /** Until when. A follow that has a time in the future ends then. */ until?: Date | number | string
  filters?: EventFilters
}

export interface FollowOptions extends EventQuery {
  /** Ends the iteration (without an error). */ signal?: AbortSignal
  /** Whether a waiting iteration keeps Node's event loop alive. Default true. */ keepAlive?: boolean
}

/**
 * How long the file is taken to be the current one, in milliseconds. A line that goes to a file that was set aside meanwhile is not lost: readers read both,
 * and followers keep looking at the one that was set aside.
 */
const trustedMs = 20

/** A file to which nothing is appended for this long is closed. */
const idleMs = 1000

interface Writing { descriptor: number; inode: number; checkedAt: number; closing: NodeJS.Timeout }

/** The event journal of a store: one append-only file for all processes. */
export class Journal {
  readonly #files: JournalFiles
  readonly #rotationSize: number
  #writing?: Writing
  /** Bytes written since the size was looked at. */ #unchecked = 0

  constructor(directory: string, options: { rotationSize?: number } = {}) {
    this.#files = journalFiles(directory)
    this.#rotationSize = options.rotationSize ?? rotationSize
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  }

  /** The path of the file, for the monitors, which append to it themselves. */
  get path(): string {
    return this.#files.current
  }

  /**
   * Append an event by one write(2). Returns false when it could not be written (a full disk): what was done stays done, so this is no reason
   * to fail.
   */
  append(event: NewEvent): boolean {
    const line = Buffer.from(formatEvent(event, event.timeNs ?? nowNs()))
    if (line.length > longestLine) return false
    try {
      const { descriptor, inode } = this.#writable()
      const written = writeSync(descriptor, line)
      // A torn line is ended, so that it does not swallow the next one.
      if (written < line.length) writeSync(descriptor, '\n')
      this.#unchecked += line.length
      if (this.#unchecked * 8 >= this.#rotationSize) this.#rotateWhenLarge(descriptor, inode)
      return written === line.length
    } catch {
      return false
    }
  }

  /** Close what is held open. The journal can be used again afterwards. */
  close(): void {
    if (!this.#writing) return
    clearTimeout(this.#writing.closing)
    closeSync(this.#writing.descriptor)
    this.#writing = undefined
  }

  /** The events that are in the journal, in its order. */
  read(query: EventQuery = {}): JournalEvent[] {
    const { wanted } = compileQuery(query)
    const events: JournalEvent[] = []
    const { previous, current } = this.#open()
    for (const file of [previous, current]) {
      if (!file) continue
      try {
        for (const line of new LineReader(file.descriptor).read()) {
          const event = parseEvent(line)
          if (event && wanted(event)) events.push(event)
        }
      } finally {
        closeSync(file.descriptor)
      }
    }
    return events
  }

  /** Events as they happen, after those since `since`, across processes and rotations, each once. */
  follow(options: FollowOptions = {}): AsyncIterableIterator<JournalEvent> {
    const { wanted, untilNs } = compileQuery(options)
    const from = options.since === undefined ? this.#end() : undefined
    const { signal, keepAlive = true } = options
    return followJournal(this.#files, { wanted, untilNs, from, signal, keepAlive })
  }

  /** Where the journal ends now; undefined (its beginning) when nothing was written yet. */
  #end(): Position | undefined {
    const status = statSync(this.#files.current, { throwIfNoEntry: false }) ?? statSync(this.#files.previous, { throwIfNoEntry: false })
    return status && { inode: status.ino, offset: status.size }
  }

  /** The file to append to. Opening it costs more than writing, so it is kept, and looked at again after a while. */
  #writable(): Writing {
    const now = performance.now()
    const held = this.#writing
    if (held && (now - held.checkedAt < trustedMs || statSync(this.#files.current, { throwIfNoEntry: false })?.ino === held.inode)) {
      if (now - held.checkedAt >= trustedMs) {
        held.checkedAt = now
        held.closing.refresh()
      }
      return held
    }
    this.close()
    const descriptor = openSync(this.#files.current, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    const closing = setTimeout(() => this.close(), idleMs).unref()
    this.#writing = { descriptor, inode: fstatSync(descriptor).ino, checkedAt: now, closing }
    this.#rotateWhenLarge(descriptor, this.#writing.inode)
    return this.#writing ?? this.#writable()
  }

  #rotateWhenLarge(descriptor: number, inode: number): void {
    this.#unchecked = 0
    if (fstatSync(descriptor).size < this.#rotationSize) return
    rotate(this.#files, inode)
    this.close()
  }

  #open() {
    try {
      return openBoth(this.#files)
    } catch (error) {
      throw ioError('Cannot read the event journal', error)
    }
  }
}

function compileQuery(query: EventQuery): { wanted: (event: JournalEvent) => boolean; untilNs?: bigint } {
  const now = nowNs()
  const sinceNs = query.since === undefined ? undefined : parseTime(query.since, now)
  const untilNs = query.until === undefined ? undefined : parseTime(query.until, now)
  const fits = compileFilters(query.filters)
  const wanted = (event: JournalEvent) => (sinceNs === undefined || event.timeNs >= sinceNs) && (untilNs === undefined || event.timeNs <= untilNs) && fits(event)
  return { wanted, untilNs }
}
