import { PassThrough } from 'node:stream'
import type { Streams } from '../../../lib/cli/parse/index.js'

/** Streams that keep what a command writes. */
export class RecordingStreams {
  readonly #out: Buffer[] = []
  readonly #err: Buffer[] = []
  readonly stdin = new PassThrough()
  readonly all: Streams

  constructor({ terminal = false } = {}) {
    const sink = (chunks: Buffer[]) => Object.assign(new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk)), { isTTY: terminal, columns: 80, rows: 24 })
    this.all = { stdin: this.stdin, stdout: sink(this.#out), stderr: sink(this.#err) } as unknown as Streams
  }

  get out(): string {
    return Buffer.concat(this.#out).toString()
  }

  get err(): string {
    return Buffer.concat(this.#err).toString()
  }
}
