import type { Readable, Writable } from 'node:stream'
import type { Streams } from '../parse/command.js'
import { DetachScanner } from './keys.js'
import { enterRawMode } from './raw.js'
import { followWindowSize } from './resize.js'

/** The container's side: what attach and exec give. */
export interface Remote {
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly stderr: Readable
  resize(size: { rows: number; columns: number }): Promise<void>
}

export interface SessionOptions {
  /** Whether the container has a terminal. */ tty: boolean
  /** Whether what is typed goes to the container. */ interactive: boolean
  /** The keys that detach, where there is a terminal. */ detachKeys: Buffer
}

/** Ties the command's streams to a container's: what it prints at once, what is typed from `begin` on. */
export class Session {
  /** Resolves when the detach keys have been typed. */
  readonly detached: Promise<void>
  readonly #outputs: Promise<void>[] = []
  readonly #undo: (() => void)[] = []
  #detach!: () => void

  constructor(
    readonly remote: Remote,
    readonly streams: Streams,
    readonly options: SessionOptions,
  ) {
    this.detached = new Promise((resolve) => {
      this.#detach = resolve
    })
    this.#outputs.push(this.#pass(remote.stdout, streams.stdout))
    if (!options.tty) this.#outputs.push(this.#pass(remote.stderr, streams.stderr))
  }

  /** Begins to pass on what is typed, and the size of the window: once the container can take them. */
  begin(): void {
    if (this.options.interactive) this.#passInput()
    if (this.options.tty) this.#undo.push(followWindowSize(this.streams.stdout, (size) => this.remote.resize(size)))
  }

  /** Resolves when all that the container printed has been written. */
  async drained(): Promise<void> {
    await Promise.all(this.#outputs)
  }

  /** Gives the terminal back as it was. Safe to call twice. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  #pass(from: Readable, to: NodeJS.WriteStream): Promise<void> {
    return new Promise((resolve) => {
      // Not pipe(): our streams stay open after the container's have ended.
      from.on('data', (chunk: Buffer) => {
        if (to.write(chunk)) return
        from.pause()
        to.once('drain', () => from.resume())
      })
      from.once('end', resolve)
      from.once('error', () => resolve())
      from.once('close', resolve)
    })
  }

  #passInput(): void {
    const { stdin } = this.streams
    const target = this.remote.stdin
    if (!target) return
    // A container that reads no more is no failure of ours; its exit will be told.
    target.on('error', () => {})
    if (this.options.tty) this.#undo.push(enterRawMode(stdin))
    const scanner = new DetachScanner(this.options.tty ? this.options.detachKeys : Buffer.alloc(0))
    const onData = (chunk: Buffer) => {
      const { data, detached } = scanner.feed(chunk)
      if (data.length > 0 && !target.write(data)) {
        stdin.pause()
        target.once('drain', () => stdin.resume())
      }
      if (detached) this.#detach()
    }
    const onEnd = () => void target.end()
    stdin.on('data', onData)
    stdin.once('end', onEnd)
    this.#undo.push(() => {
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      stdin.pause()
    })
  }
}

/** docker's check: a terminal was asked for, and what is typed comes from none. */
export function inputIsTerminal({ stdin }: Streams): boolean {
  return stdin.isTTY === true
}
