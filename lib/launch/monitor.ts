import { GantryError } from '../errors/index.js'
import { type Channel, closeDescriptor, connectMonitor } from '../native/index.js'
import { decodeReply, encodeRequest, type MonitorMessage } from './messages.js'
import { Outbox } from './outbox.js'
import { Replies } from './replies.js'
import type { RequestFields, RequestName } from './tables.js'

export { type MonitorMessage, type MonitorMessageOf, maximumTailBytes } from './messages.js'

/** What a client needs of a Channel. */
export type MonitorChannel = Pick<Channel, 'onMessage' | 'send' | 'pause' | 'resume' | 'close' | 'ref' | 'unref'>

export interface PostOptions {
  /** The bytes after the fields; at most maximumTailBytes. */ tail?: Uint8Array | string
  /** At most 16. They stay the caller's, who may close them as soon as the call returns. */ descriptors?: readonly number[]
}

export interface RequestOptions extends PostOptions {
  /** Rejects with ERR_ABORTED when it fires; the monitor is not told. */ signal?: AbortSignal
  /** Called with the id of this request when it is on its way: by it a later message can name what is not answered yet. */
  sent?: (id: number) => void
  /** Called with what comes with the id of this request after its reply, such as executeExited. Without it, that is news. */
  later?: (message: MonitorMessage) => void
}

/**
 * Speaks with a monitor: requests with replies, messages without, and news. A request that waits for its reply keeps the event loop alive;
 * otherwise the client does so until unref().
 */
export class MonitorClient {
  readonly #channel: MonitorChannel
  readonly #container: string | undefined
  readonly #outbox: Outbox
  readonly #replies = new Replies()
  readonly #newsListeners = new Set<(message: MonitorMessage) => void>()
  readonly #closedListeners = new Set<(error?: GantryError) => void>()
  #isRef = true
  #isClosed = false

  /** Owns the channel from here. `container` is the id that errors carry. */
  constructor(channel: MonitorChannel, container?: string) {
    this.#channel = channel
    this.#container = container
    this.#outbox = new Outbox(channel)
    channel.onMessage(
      (data, descriptors) => this.#receive(data, descriptors),
      (cause) => this.#end(this.#error('the monitor has ended or closed the connection', cause), cause !== undefined),
      () => this.#flush(),
    )
  }

  /** Connects to the monitor of a container by its run directory. ERR_MONITOR when none answers there. */
  static connect(runDirectory: string, container?: string): MonitorClient {
    try {
      return new MonitorClient(connectMonitor(runDirectory), container)
    } catch (cause) {
      const { code, errno, syscall, message } = cause as NodeJS.ErrnoException
      throw new GantryError('ERR_MONITOR', `cannot reach the monitor of ${container ?? 'the container'}: ${message}`, {
        errno,
        syscall,
        cause,
        id: container,
        path: runDirectory,
        hint:
          code === 'EAGAIN'
            ? 'it is alive but accepts no connection now: try again'
            : 'the container does not run, or its monitor has died',
      })
    }
  }

  /** Whether the connection has ended. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Sends a request and waits for its reply, whichever it is: `refused` and `failed` resolve too. Rejects with ERR_MONITOR when the connection
   * ends first. The caller owns the descriptors of the reply.
   */
  request<Name extends RequestName>(
    name: Name,
    fields: RequestFields[Name],
    options: RequestOptions = {},
  ): Promise<MonitorMessage> {
    const { signal, later, sent } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw this.#aborted(name, signal)
      const id = this.#replies.nextId()
      const onAbort = () => {
        this.#replies.forget(id)
        this.#settled()
        reject(this.#aborted(name, signal))
      }
      this.#send(name, id, fields, options)
      sent?.(id)
      this.#replies.expect(id, {
        later,
        settle: (message) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(message)
        },
        fail: (error) => {
          signal?.removeEventListener('abort', onAbort)
          reject(this.#error(`'${name}' was not answered: ${error.message}`, error.cause))
        },
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (!this.#isRef && this.#replies.count === 1) this.#channel.ref()
    })
  }

  /**
   * Sends a message and does not wait; a reply `done` or `refused` is dropped. False when the monitor does not keep up: the message is kept and sent when
   * there is room, but the caller should await drained() before the next. Throws ERR_MONITOR when the connection has ended.
   */
  post<Name extends RequestName>(name: Name, fields: RequestFields[Name], options: PostOptions = {}): boolean {
    return this.#send(name, 0, fields, options)
  }

  /** Resolves when everything has been sent. Rejects with ERR_MONITOR when the connection ends first. */
  async drained(): Promise<void> {
    if (this.#isClosed || !(await this.#outbox.drained()))
      throw this.#error('the connection ended before everything was sent')
  }

  /** Calls the listener with every message that answers no request; it owns the descriptors. Gives the function that stops that. */
  onNews(listener: (message: MonitorMessage) => void): () => void {
    this.#newsListeners.add(listener)
    return () => this.#newsListeners.delete(listener)
  }

  /** Calls the listener once when the connection has ended, with an error when it broke. Not after close(). */
  onClosed(listener: (error?: GantryError) => void): () => void {
    this.#closedListeners.add(listener)
    return () => this.#closedListeners.delete(listener)
  }

  /** Leaves what the monitor sends in the socket; output that does not fit there is dropped and counted by the monitor. */
  pause(): void {
    this.#channel.pause()
  }
  resume(): void {
    this.#channel.resume()
  }
  ref(): void {
    this.#isRef = true
    this.#channel.ref()
  }
  unref(): void {
    this.#isRef = false
    if (this.#replies.count === 0) this.#channel.unref()
  }

  /** Ends the connection; requests that wait are rejected. May be called again and again. */
  close(): void {
    this.#closedListeners.clear()
    this.#end(this.#error('the connection was closed'), false)
  }

  #send<Name extends RequestName>(name: Name, id: number, fields: RequestFields[Name], options: PostOptions): boolean {
    if (this.#isClosed) throw this.#error(`cannot send '${name}': the connection has ended`)
    try {
      return this.#outbox.send(encodeRequest(name, id, fields, options.tail), options.descriptors)
    } catch (cause) {
      throw this.#error(`cannot send '${name}': ${(cause as Error).message}`, cause)
    }
  }

  // A message that cannot be sent now means that the monitor is gone, which the channel's closing tells when what the monitor sent before was read.
  #flush(): void {
    try {
      this.#outbox.flush()
    } catch {
      this.#outbox.discard()
    }
  }

  #receive(data: Buffer, descriptors: number[]): void {
    const message = decodeReply(data, descriptors)
    if (message === null || message === 'short') {
      descriptors.forEach(closeDescriptor)
      if (message === 'short') {
        this.#end(this.#error('the monitor sent a malformed message; it is perhaps of another version of Gantry'), true)
      }
      return
    }
    const listener = this.#replies.listenerOf(message)
    if (listener === undefined && this.#newsListeners.size > 0) {
      for (const hear of this.#newsListeners) hear(message)
    } else if (listener) {
      listener(message)
    } else {
      descriptors.forEach(closeDescriptor)
    }
    this.#settled()
  }

  // The event loop may end when nothing is awaited, if unref() was called.
  #settled(): void {
    if (!this.#isRef && !this.#isClosed && this.#replies.count === 0) this.#channel.unref()
  }

  #end(error: GantryError, broke: boolean): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#channel.close()
    this.#outbox.discard()
    this.#replies.failAll(error)
    for (const hear of this.#closedListeners) hear(broke ? error : undefined)
    this.#closedListeners.clear()
    this.#newsListeners.clear()
  }

  #aborted(name: RequestName, signal: AbortSignal | undefined): GantryError {
    return new GantryError('ERR_ABORTED', `'${name}' was given up before the monitor answered`, {
      id: this.#container,
      cause: signal?.reason,
    })
  }

  #error(message: string, cause?: unknown): GantryError {
    const { errno, syscall } = (cause ?? {}) as { errno?: number; syscall?: string }
    return new GantryError('ERR_MONITOR', message, { id: this.#container, errno, syscall, cause })
  }
}
