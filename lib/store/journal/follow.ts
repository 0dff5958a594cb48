import { closeSync, type FSWatcher, statSync, watch } from 'node:fs'
import { nowNs } from '../time.js'
import { type JournalEvent, parseEvent } from './event.js'
import { type JournalFiles, openBoth, type OpenFile } from './files.js'
import { LineReader } from './lines.js'

/** A place in the journal: an inode number and how many bytes of that file are already known. */
export interface Position { inode: number; offset: number }

export interface FollowPlan {
  wanted: (event: JournalEvent) => boolean
  untilNs?: bigint
  /** Default: from the beginning. */ from?: Position
  signal?: AbortSignal
  keepAlive: boolean
}

/** inotify tells of changes at once; asking again catches what it misses (an overflow, a file system without it). */
const pollMs = 1000
const pollWithoutWatchMs = 100

/** Iterate over the journal as it grows. `return` and the signal end a wait at once. */
export function followJournal(files: JournalFiles, plan: FollowPlan): AsyncIterableIterator<JournalEvent> {
  const ending = new AbortController()
  const signal = plan.signal ? AbortSignal.any([plan.signal, ending.signal]) : ending.signal
  const events = generate(files, plan, signal)
  return {
    next: () => events.next(),
    return: async (value?: unknown) => {
      ending.abort()
      await events.return(undefined)
      return { done: true, value: value as undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* generate(files: JournalFiles, plan: FollowPlan, signal: AbortSignal): AsyncGenerator<JournalEvent, undefined> {
  if (signal.aborted) return
  const alarm = new Alarm(files.directory, plan.keepAlive)
  const wake = () => alarm.ring()
  signal.addEventListener('abort', wake)
  const tail = new Tail(files, plan.from)
  try {
    while (!signal.aborted) {
      const last = plan.untilNs !== undefined && nowNs() > plan.untilNs
      for (const line of tail.read()) {
        const event = parseEvent(line)
        if (event && plan.wanted(event)) yield event
        if (signal.aborted) return
      }
      if (last) return
      const left = plan.untilNs === undefined ? Number.POSITIVE_INFINITY : Number((plan.untilNs - nowNs()) / 1_000_000n) + 1
      await alarm.wait(left)
    }
  } finally {
    signal.removeEventListener('abort', wake)
    alarm.close()
    tail.close()
  }
}

/** The new lines of the journal's two files. The previous one stays open: who had it open before the rotation may still append to it. */
class Tail {
  readonly #files: JournalFiles
  #previous?: Source
  #current?: Source

  constructor(files: JournalFiles, from?: Position) {
    this.#files = files
    const { previous, current } = openBoth(files)
    // In the current file from the position on; when it is the previous one by now, the current one is all new; when it is neither, both are.
    const inCurrent = from !== undefined && current?.inode === from.inode
    const inPrevious = from !== undefined && previous?.inode === from.inode
    this.#previous = previous && source(previous, inCurrent ? previous.size : inPrevious ? from.offset : 0)
    this.#current = current && source(current, inCurrent ? from.offset : 0)
  }

  *read(): Generator<string> {
    for (;;) {
      if (this.#previous) yield* this.#previous.lines.read()
      if (this.#current) yield* this.#current.lines.read()
      if (!this.#rotated()) return
      this.#advance()
    }
  }

  close(): void {
    if (this.#previous) closeSync(this.#previous.descriptor)
    if (this.#current) closeSync(this.#current.descriptor)
    this.#previous = undefined
    this.#current = undefined
  }

  #rotated(): boolean {
    const there = statSync(this.#files.current, { throwIfNoEntry: false })
    return there !== undefined && there.ino !== this.#current?.inode
  }

  #advance(): void {
    const { previous, current } = openBoth(this.#files)
    const known = this.#current
    if (this.#previous) closeSync(this.#previous.descriptor)
    if (known && previous && previous.inode !== known.inode) {
      // Two rotations since the last look: the file in between is new as a whole, ours is complete and read.
      closeSync(known.descriptor)
      this.#previous = source(previous, 0)
    } else {
      this.#previous = known ?? (previous && source(previous, 0))
      if (known && previous) closeSync(previous.descriptor)
    }
    this.#current = current && source(current, 0)
  }
}

interface Source extends OpenFile { lines: LineReader }

function source(file: OpenFile, offset: number): Source {
  return { ...file, lines: new LineReader(file.descriptor, offset) }
}

/** Waits until something changes in a directory, or a while has passed. */
class Alarm {
  readonly #keepAlive: boolean
  #watcher?: FSWatcher
  #rung = false
  #answer?: () => void

  constructor(directory: string, keepAlive: boolean) {
    this.#keepAlive = keepAlive
    try {
      this.#watcher = watch(directory, { persistent: keepAlive }, () => this.ring())
      this.#watcher.on('error', () => this.#stopWatching())
    } catch {
      // No inotify watches left: polling does it.
    }
  }

  ring(): void {
    this.#rung = true
    this.#answer?.()
  }

  async wait(longestMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(longestMs, this.#watcher ? pollMs : pollWithoutWatchMs))
        if (!this.#keepAlive) timer.unref()
        this.#answer = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#answer = undefined
    }
    this.#rung = false
  }

  close(): void {
    this.#stopWatching()
    this.#answer?.()
  }

  #stopWatching(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
