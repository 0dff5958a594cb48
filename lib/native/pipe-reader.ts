import { addon, type NativePipeReader } from './addon.js'

/**
 * Reads a pipe, a socket or a terminal's master as soon as there is something, at most 64 KiB at a time. Owns the descriptor, and closes it at the
 * end. `null` is the end: of the writers, of a terminal (EIO), or by the error that comes with it.
 */
export class PipeReader {
  readonly #native: NativePipeReader

  /** Takes the descriptor over, sets O_NONBLOCK on it, and starts to read; if this throws, it is still the caller's. */
  constructor(fd: number, listener: (chunk: Buffer | null, error?: Error) => void) {
    this.#native = new (addon().PipeReader)(fd, listener)
  }

  /** Leaves what comes in the pipe, so that its writers wait when it is full. */
  pause(): void {
    this.#native.pause()
  }
  resume(): void {
    this.#native.resume()
  }
  /** Stops for good; the listener is not called any more. May be called again and again. */
  close(): void {
    this.#native.close()
  }
  /** Reading keeps the event loop alive (the default). */
  ref(): void {
    this.#native.ref()
  }
  unref(): void {
    this.#native.unref()
  }
}
