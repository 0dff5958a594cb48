/** The streams of a running container, as they come; what was printed before is in the log. */
import { EventEmitter } from 'eventemitter3'
import { Readable, Writable } from 'node:stream'
import { GantryError } from '../errors/index.js'
import { maximumTailBytes, MonitorClient, type MonitorMessage } from '../launch/monitor.js'
import type { Store } from '../store/index.js'
import { announce } from './disk/journal.js'
import { requireRecord } from './disk/record.js'
import { currentState, hasMonitor } from './disk/state.js'
import { ask } from './lifecycle/link.js'
import { notRunning } from './lifecycle/end.js'
import { prepareMonitor } from './lifecycle/start.js'

export interface AttachOptions {
  /** Write to its standard input (it must have been made with stdinOpen). Default: whether it was. */ stdin?: boolean
  /** Default true. */ stdout?: boolean
  /** Default true. */ stderr?: boolean
  /**
   * Whether the container waits when this attachment is not read, so that nothing is missed. Read both streams then, or leave one out: what is
   * not read holds up everything. Default false: the container never waits, and what was not read in time is counted as missed.
   */
  lossless?: boolean
  /** Detaches when it fires. */ signal?: AbortSignal
}

interface AttachmentEvents {
  /** The container was not held back while we did not read: so many bytes of the stream are lost to us. They are in the log. */
  missed: (missed: { stream: 'stdout' | 'stderr'; bytes: number }) => void
  /** The connection has ended: the container's, or ours. */
  close: () => void
}

const outputStream = { terminal: 0, stdout: 1, stderr: 2 } as const

/** A container that has not been started yet is made ready, and what it prints first is seen. */
export async function attachTo(store: Store, id: string, options: AttachOptions = {}): Promise<Attachment> {
  if (options.signal?.aborted) throw new GantryError('ERR_ABORTED', 'Aborted before the streams were attached', { id, cause: options.signal.reason })
  const record = requireRecord(store, id)
  if (record.streams === 'direct') throw new GantryError('ERR_NOT_SUPPORTED', 'The streams of a job belong to the process that called run()', { id, hint: 'use a Container for what others attach to' })
  const stdin = options.stdin ?? record.spec.stdinOpen === true
  if (stdin && record.spec.stdinOpen !== true) throw new GantryError('ERR_CONTAINER_STATE', `The standard input of container ${record.name} is not open`, { id, hint: 'make it with stdinOpen: true' })
  const { status } = currentState(store, id)
  if (!hasMonitor(store, id)) {
    if (status !== 'created' && status !== 'exited') throw notRunning(record, 'attach to')
    await prepareMonitor(store, id)
  }
  const client = MonitorClient.connect(store.runDirectory(id), id)
  const attachment = new Attachment(client, stdin, record.spec.tty === true)
  try {
    client.post('watch', {})
    await ask(client, id, 'attach to', 'attach', { stdin: stdin ? 1 : 0, stdout: options.stdout === false ? 0 : 1, stderr: options.stderr === false ? 0 : 1, wait: options.lossless ? 1 : 0 }, options.signal)
  } catch (error) {
    attachment.close()
    throw error
  }
  options.signal?.addEventListener('abort', () => attachment.close(), { once: true })
  announce(store, record, 'attach')
  return attachment
}

export class Attachment extends EventEmitter<AttachmentEvents> implements AsyncDisposable {
  readonly stdin: Writable | null
  readonly stdout: Readable
  /** Ends at once with a terminal, whose output is all in stdout. */
  readonly stderr: Readable
  readonly #client: MonitorClient
  #missedBytes = 0
  readonly #full = new Set<Readable>()
  readonly #finished = new Set<Readable>()

  constructor(client: MonitorClient, stdin: boolean, terminal: boolean) {
    super()
    this.#client = client
    this.stdout = this.#readable()
    this.stderr = this.#readable()
    if (terminal) this.#finish(this.stderr)
    this.stdin = stdin ? inputOf(client) : null
    client.onNews((message) => this.#hear(message))
    client.onClosed(() => this.#ended())
  }

  /** All that was lost because it was not read in time. */
  get missedBytes(): number {
    return this.#missedBytes
  }

  /** The window of the container's terminal. */
  async resize(size: { rows: number; columns: number }): Promise<void> {
    if (!this.#client.isClosed) await this.#client.request('resize', { execute: 0, ...size })
  }

  /** Leaves the container running. May be called again and again. */
  detach(): void {
    if (!this.#client.isClosed) this.#client.close()
    this.#ended()
  }

  close(): void {
    this.detach()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.detach()
  }

  #readable(): Readable {
    const stream: Readable = new Readable({
      read: () => {
        if (this.#full.delete(stream) && this.#full.size === 0 && !this.#client.isClosed) this.#client.resume()
      },
      destroy: (error, done) => {
        if (this.#full.delete(stream) && this.#full.size === 0 && !this.#client.isClosed) this.#client.resume()
        done(error)
      },
    })
    return stream
  }

  #hear(message: MonitorMessage): void {
    if (message.name === 'output') {
      const stream = message.fields.stream === outputStream.stderr ? this.stderr : this.stdout
      if (stream.destroyed || this.#finished.has(stream)) return
      if (!stream.push(message.tail) && !this.#full.has(stream)) {
        this.#full.add(stream)
        this.#client.pause()
      }
    } else if (message.name === 'missed') {
      this.#missedBytes += message.fields.bytes
      this.emit('missed', { stream: message.fields.stream === outputStream.stderr ? 'stderr' : 'stdout', bytes: message.fields.bytes })
    } else if ((message.name === 'exited' && !message.fields.willRestart) || message.name === 'failed' || message.name === 'gone') {
      this.#client.close()
      this.#ended()
    }
  }

  #finish(stream: Readable): void {
    if (this.#finished.has(stream) || stream.destroyed) return
    this.#finished.add(stream)
    stream.push(null)
  }

  #isEnded = false
  #ended(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    for (const stream of [this.stdout, this.stderr]) this.#finish(stream)
    this.stdin?.destroy()
    this.emit('close')
  }
}

/** Bytes for the container's standard input; its end closes that. */
function inputOf(client: MonitorClient): Writable {
  const send = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += maximumTailBytes) {
      if (client.isClosed) return
      if (!client.post('input', {}, { tail: bytes.subarray(at, at + maximumTailBytes) })) await client.drained().catch(() => {})
    }
  }
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void send(chunk).then(() => done(), done),
    final: (done) => {
      if (!client.isClosed) client.post('input', {})
      done()
    },
  })
}
