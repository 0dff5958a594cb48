/** What goes into a program's standard input. */
import { closeSync, write, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { type Readable, Writable } from 'node:stream'
import { systemCode } from '../../store/index.js'

export type Input = string | Uint8Array | Readable

/** What a new pipe holds at least, whatever the page size and the user's share of pipe memory (pipe(7): 65,536, or two pages when that is used up). */
const surelyFits = 4096

/** The writing end of a pipe as a stream. A program that does not read its input is no error. */
export function pipeWriter(descriptor: number): Writable {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true })
  socket.on('error', () => {})
  return socket
}

/** Writes all the input and closes the pipe. A short one is in the pipe when this returns, so nothing is waited for. */
export function feed(descriptor: number, input: Input): void {
  if (typeof input === 'string' || input instanceof Uint8Array) {
    const bytes = typeof input === 'string' ? Buffer.from(input) : input
    if (bytes.length <= surelyFits) {
      try {
        if (bytes.length > 0) writeSync(descriptor, bytes)
      } catch (error) {
        // Nobody reads it any more; how the program ended is told elsewhere.
        if (systemCode(error) !== 'EPIPE') throw error
      } finally {
        closeSync(descriptor)
      }
      return
    }
    pipeWriter(descriptor).end(bytes)
    return
  }
  pour(input, pipeWriter(descriptor))
}

/** Not stream.pipeline: when the program stops reading, the caller's stream stays his. */
export function pour(input: Readable, into: Writable): void {
  input.pipe(into)
  input.once('error', () => into.destroy())
  into.once('close', () => input.unpipe(into))
}

/** Writes to a terminal's master, which its reader owns and has made non-blocking. */
export class TerminalWriter extends Writable {
  readonly #descriptor: number
  #open = true

  constructor(descriptor: number) {
    super({ decodeStrings: true })
    this.#descriptor = descriptor
  }

  /** The terminal is gone; the descriptor's number may be another file's soon. */
  shut(): void {
    this.#open = false
    this.destroy()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#write(chunk, 1, done)
  }

  /** The end of input of a terminal is a character. */
  override _final(done: (error?: Error | null) => void): void {
    this.#write(Buffer.from('\x04'), 1, done)
  }

  #write(chunk: Buffer, delay: number, done: (error?: Error | null) => void): void {
    if (!this.#open) return done()
    write(this.#descriptor, chunk, (error, written) => {
      if (error && systemCode(error) !== 'EAGAIN') return done()
      const rest = chunk.subarray(error ? 0 : written)
      if (rest.length === 0) return done()
      setTimeout(() => this.#write(rest, Math.min(delay * 2, 50), done), delay)
    })
  }
}
