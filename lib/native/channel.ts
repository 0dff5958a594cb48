import { addon, type NativeChannel } from './addon.js'

/**
 * One end of a SOCK_SEQPACKET connection: whole messages of at most 256 KiB, each with at most 16 descriptors. Owns its descriptor. Keeps the
 * event loop alive while it listens, unless unref() was called; an open channel that listens is never collected.
 */
export class Channel {
  readonly #native: NativeChannel

  /** Takes the descriptor over; if this throws, it is still the caller's. */
  constructor(fd: number) {
    this.#native = new (addon().Channel)(fd)
  }

  /**
   * Starts to receive. The listener owns the descriptors that come with a message. `closed` is called once, when the peer has gone or the
   * connection is broken (then with an error), and not after close(). `writable` is called when there is room again after send() gave false.
   */
  onMessage(
    listener: (data: Buffer, descriptors: number[]) => void,
    closed: (error?: Error) => void,
    writable: () => void = () => {},
  ): void {
    this.#native.onMessage(listener, closed, writable)
  }

  /** False when the message was not sent because the peer's socket is full. The descriptors stay the caller's, who may close them at once. */
  send(data: Uint8Array, descriptors?: readonly number[]): boolean {
    return this.#native.send(data, descriptors)
  }

  /** Leaves messages in the socket until resume(). The closing of the peer is not seen meanwhile. */
  pause(): void {
    this.#native.pause()
  }
  resume(): void {
    this.#native.resume()
  }
  /** May be called again and again. */
  close(): void {
    this.#native.close()
  }
  ref(): void {
    this.#native.ref()
  }
  unref(): void {
    this.#native.unref()
  }
}
