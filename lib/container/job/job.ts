/** The handle of a running command, of run() and of exec: a promise of its result and a view of its streams. */
import type { Readable, Writable } from 'node:stream'
import { GantryError } from '../../errors/index.js'
import { signalNumber } from '../../oci/index.js'
import type { Job, Line, RunResult } from '../types.js'
import { exitError, JobError } from './exit-error.js'
import { readLines } from './lines.js'
import { OutputStream } from './output.js'

export interface JobSettings {
  command: readonly string[]
  encoding: 'utf8' | 'buffer'
  /** Bytes of each stream. */ maxBuffer: number
  check: boolean
  signal?: AbortSignal
}

/** How the command is reached while it runs. */
export interface JobControl {
  kill(signal: number): Promise<void>
  resize(rows: number, columns: number): Promise<void>
  /** Kills it all; the job is told by `exited` or `failed` when it is done. */ destroy(): void
}

export type Ending = Omit<RunResult, 'stdout' | 'stderr'>

const noControl: JobControl = {
  kill: () => Promise.reject(new GantryError('ERR_CONTAINER_STATE', 'The command has not been started')),
  resize: () => Promise.reject(new GantryError('ERR_CONTAINER_STATE', 'The command has not been started')),
  destroy: () => {},
}

export class JobHandle<Output> implements Job<Output> {
  readonly #settings: JobSettings
  readonly #out: OutputStream
  readonly #err: OutputStream
  readonly #result: Promise<RunResult<Output>>
  #resolve!: (result: RunResult<Output>) => void
  #reject!: (error: unknown) => void
  #started: { promise: Promise<{ pid: number; id: string }>; resolve: (started: { pid: number; id: string }) => void; reject: (error: unknown) => void } | undefined
  #startedAs: { pid: number; id: string } | undefined
  #control: JobControl = noControl
  #stdin: Writable | null = null
  #id = ''
  #ending: Ending | undefined
  /** Why it is being killed by us; it decides the outcome when it has ended. */ #cause: 'aborted' | 'overflow' | undefined
  #settled = false
  #failure: unknown
  #onAbort: (() => void) | undefined
  #onTerminalEnd: () => void = () => {}

  constructor(settings: JobSettings) {
    this.#settings = settings
    const overflow = () => this.#end('overflow')
    this.#out = new OutputStream(settings.maxBuffer, overflow, () => {
      this.#onTerminalEnd()
      this.#settle()
    })
    this.#err = new OutputStream(settings.maxBuffer, overflow, () => this.#settle())
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const { signal } = settings
    if (signal) {
      this.#onAbort = () => this.#end('aborted')
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
  }

  // What the starter of the command tells.

  attach(id: string, control: JobControl, streams: { stdout: OutputSource; stderr: OutputSource; stdin: Writable | null }): void {
    this.#id = id
    this.#control = control
    this.#stdin = streams.stdin
    if (streams.stdout !== 'later') open(this.#out, streams.stdout)
    if (streams.stderr !== 'later') open(this.#err, streams.stderr)
    if (this.#cause) control.destroy()
  }

  /** The terminal of the command is there; `ended` is called when it closes. */
  openTerminal(descriptor: number, stdin: Writable | null, ended: () => void): void {
    this.#stdin = stdin
    this.#onTerminalEnd = ended
    this.#out.read(descriptor)
    this.#err.end()
  }

  /** The signal fired before anything was begun. */
  abort(): void {
    this.#cause = 'aborted'
    this.failed(this.#aborted())
  }

  begun(pid: number): void {
    this.#startedAs = { pid, id: this.#id }
    this.#started?.resolve(this.#startedAs)
  }

  exited(ending: Ending): void {
    if (!this.#startedAs) this.begun(0)
    this.#ending = ending
    this.#settle()
  }

  failed(error: unknown): void {
    if (this.#settled) return
    this.#settled = true
    this.#failure = this.#cause === 'aborted' ? this.#aborted() : error
    this.#out.end()
    this.#err.end()
    this.#finish()
    this.#started?.reject(this.#failure)
    this.#reject(this.#failure)
  }

  /** Nothing can come any more although the streams have not ended: the monitor is gone. */
  endStreams(): void {
    this.#out.end()
    this.#err.end()
  }

  get isSettled(): boolean {
    return this.#settled
  }

  // What users see.

  get id(): string {
    return this.#id
  }

  get started(): Promise<{ pid: number; id: string }> {
    if (!this.#started) {
      let resolve!: (started: { pid: number; id: string }) => void
      let reject!: (error: unknown) => void
      const promise = new Promise<{ pid: number; id: string }>((one, other) => {
        resolve = one
        reject = other
      })
      // Who waits for the start learns of the failure there.
      this.#result.catch(() => {})
      this.#started = { promise, resolve, reject }
      if (this.#startedAs) resolve(this.#startedAs)
      else if (this.#settled) reject(this.#failure)
    }
    return this.#started.promise
  }

  get stdin(): Writable | null {
    return this.#stdin
  }

  get stdout(): Readable {
    return this.#out.readable
  }

  get stderr(): Readable {
    return this.#err.readable
  }

  // biome-ignore lint/suspicious/noThenProperty: a job is awaited like the promise of its result
  then<A = RunResult<Output>, B = never>(fulfilled?: ((value: RunResult<Output>) => A | PromiseLike<A>) | null, rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
    return this.#result.then(fulfilled, rejected)
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<RunResult<Output> | B> {
    return this.#result.catch(rejected)
  }

  finally(action?: (() => void) | null): Promise<RunResult<Output>> {
    return this.#result.finally(action)
  }

  [Symbol.asyncIterator](): AsyncIterator<Line> {
    // The iteration throws what the job rejects with.
    this.#result.catch(() => {})
    return readLines({ stdout: this.#out, stderr: this.#err }, this.#result)
  }

  async kill(signal: string | number = 'SIGKILL'): Promise<void> {
    const number = signalNumber(signal)
    if (this.#ending || this.#settled) return
    if (!this.#startedAs) await this.started
    await this.#control.kill(number)
  }

  async resize(size: { rows: number; columns: number }): Promise<void> {
    if (this.#ending || this.#settled) return
    if (!this.#startedAs) await this.started
    await this.#control.resize(size.rows, size.columns)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#settled) this.#control.destroy()
    await this.#result.catch(() => {})
  }

  #end(cause: 'aborted' | 'overflow'): void {
    if (this.#cause || this.#settled) return
    this.#cause = cause
    this.#control.destroy()
  }

  #settle(): void {
    if (this.#settled || !this.#ending || !this.#out.ended || !this.#err.ended) return
    this.#settled = true
    this.#finish()
    const read = (stream: OutputStream) => (this.#settings.encoding === 'buffer' ? stream.bytes() : stream.text()) as Output
    const result: RunResult<Output> = { ...this.#ending, stdout: read(this.#out), stderr: read(this.#err) }
    const error = this.#verdict(result as RunResult<string | Buffer>)
    if (error) this.#reject(error)
    else this.#resolve(result)
  }

  #verdict(result: RunResult<string | Buffer>): GantryError | undefined {
    if (this.#cause === 'aborted') return this.#aborted()
    if (this.#cause === 'overflow') {
      return new JobError('ERR_MAX_BUFFER', `The command printed more than ${this.#settings.maxBuffer} bytes and was ended: ${this.#settings.command.join(' ')}`, result, {
        id: this.#id,
        hint: 'set maxBuffer, or read job.stdout or the lines of the job while it runs',
      })
    }
    if (this.#settings.check && (result.exitCode !== 0 || result.timedOut)) return exitError(this.#settings.command, result, this.#id)
    return undefined
  }

  #aborted(): GantryError {
    return new GantryError('ERR_ABORTED', `The command was aborted: ${this.#settings.command.join(' ')}`, { id: this.#id || undefined, cause: this.#settings.signal?.reason })
  }

  #finish(): void {
    if (this.#onAbort) this.#settings.signal?.removeEventListener('abort', this.#onAbort)
  }
}

/** A descriptor to read, none, or one that comes later (openTerminal). */
export type OutputSource = number | 'none' | 'later'

function open(stream: OutputStream, source: number | 'none'): void {
  if (source === 'none') stream.end()
  else stream.read(source)
}
