/** One output stream of a job: kept for the result, and shown to whoever looks at it while it comes. */
import { Readable } from 'node:stream'
import { PipeReader } from '../../native/index.js'

/** Sees every chunk; returns false to hold the program back until `resume` of the stream is called. */
export type ChunkConsumer = { chunk(data: Buffer): boolean; end(): void }

export class OutputStream {
  #chunks: Buffer[] = []
  #kept = 0
  #reader: PipeReader | undefined
  #consumers: { consumer: ChunkConsumer; full: boolean }[] = []
  #readable: Readable | undefined
  #ended = false
  readonly #maxBytes: number
  readonly #onOverflow: () => void
  readonly #onEnd: () => void

  /** `onOverflow` is called once when nobody but the result takes the output and it is more than `maxBytes`. */
  constructor(maxBytes: number, onOverflow: () => void, onEnd: () => void) {
    this.#maxBytes = maxBytes
    this.#onOverflow = onOverflow
    this.#onEnd = onEnd
  }

  /** Reads the descriptor to its end, and owns it. */
  read(descriptor: number): void {
    this.#reader = new PipeReader(descriptor, this.#take)
    if (this.#consumers.some(({ full }) => full)) this.#reader.pause()
  }

  /** There is nothing to read (any more). */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#reader?.close()
    this.#reader = undefined
    for (const { consumer } of this.#consumers) consumer.end()
    this.#onEnd()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** What was kept: everything, or the first `maxBytes` of a stream that was looked at while it came. */
  bytes(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }

  text(): string {
    return this.#kept === 0 ? '' : this.bytes().toString('utf8')
  }

  /** A consumer sees what came before, too. It returns what ends the consumption. */
  consume(consumer: ChunkConsumer): { resume: () => void; leave: () => void } {
    const entry = { consumer, full: false }
    this.#consumers.push(entry)
    for (const chunk of this.#chunks) entry.full = !consumer.chunk(chunk)
    if (this.#ended) consumer.end()
    else if (entry.full) this.#reader?.pause()
    const resume = () => {
      if (!entry.full) return
      entry.full = false
      if (!this.#consumers.some(({ full }) => full)) this.#reader?.resume()
    }
    const leave = () => {
      this.#consumers = this.#consumers.filter((other) => other !== entry)
      entry.full = true
      resume()
    }
    return { resume, leave }
  }

  /** Made when it is asked for. */
  get readable(): Readable {
    if (this.#readable) return this.#readable
    let handle: { resume: () => void; leave: () => void } | undefined
    const readable = new Readable({
      read: () => handle?.resume(),
      destroy: (error, done) => {
        handle?.leave()
        done(error)
      },
    })
    this.#readable = readable
    handle = this.consume({
      chunk: (data) => readable.push(data),
      end: () => readable.push(null),
    })
    return readable
  }

  #take = (chunk: Buffer | null): void => {
    if (chunk === null) return this.end()
    const room = this.#maxBytes - this.#kept
    if (room >= chunk.length) {
      this.#chunks.push(chunk)
      this.#kept += chunk.length
    } else {
      if (room > 0) {
        this.#chunks.push(chunk.subarray(0, room))
        this.#kept = this.#maxBytes
      }
      if (this.#consumers.length === 0) this.#onOverflow()
    }
    if (this.#consumers.length > 0) this.#show(chunk)
  }

  #show(chunk: Buffer): void {
    let full = false
    for (const entry of this.#consumers) {
      if (!entry.consumer.chunk(chunk)) entry.full = true
      full ||= entry.full
    }
    if (full) this.#reader?.pause()
  }
}
