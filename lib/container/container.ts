import type { Readable } from 'node:stream'
import { GantryError } from '../errors/index.js'
import { defaultStore, type Store } from '../store/index.js'
import { attachTo, type AttachOptions, type Attachment } from './attach.js'
import { requireRecord, readRecord } from './disk/record.js'
import { announce } from './disk/journal.js'
import { containerInfo, shownName } from './disk/info.js'
import { type EventOptions, readEvents } from './events.js'
import { execJob } from './exec.js'
import * as files from './files.js'
import { killContainer, pauseContainer, removeContainer, type RemoveOptions, restartContainer, stopContainer, unpauseContainer } from './lifecycle/end.js'
import { renameContainer } from './lifecycle/rename.js'
import { startContainer } from './lifecycle/start.js'
import { type UpdateOptions, updateContainer } from './lifecycle/update.js'
import { type WaitCondition, waitConditions, waitFor, type WaitResult } from './lifecycle/wait.js'
import { within } from './lifecycle/waiting.js'
import { listContainers, type ListOptions } from './list.js'
import { makeContainer } from './make.js'
import { type Top, topOfContainer, statsOfContainer, logBytesOfContainer, logsOfContainer } from './observe.js'
import { parseContainerSpec, parseStopOptions } from './options.js'
import { pruneContainers, type Pruned, type PruneFilters } from './prune.js'
import { readyStrategies, waitUntilReady } from './ready/index.js'
import { recovered } from './recover.js'
import type { ContainerInfo, ContainerSpec, Duration, ExecOptions, GantryEvent, Job, LogBytes, LogEntry, LogOptions, Ready, Stats, WaitOptions } from './types.js'
import { EventWatcher, type EventListener } from './watcher.js'

/** What Container.run() takes: a container, and when it counts as ready. */
export interface ContainerRunOptions extends ContainerSpec, WaitOptions {
  /** What is waited for after the start. Default: nothing. `timeout` bounds the wait (60 s unless told otherwise). */
  ready?: Ready
}

export interface StopOptions {
  /** The grace between the stop signal and SIGKILL; 0: at once. Default: the container's stopTimeout, else 10 s. */
  timeout?: Duration
  /** Default: the container's stopSignal. */ killSignal?: string
  signal?: AbortSignal
}

/** A container: made by the statics, the same object for as long as you hold it, whatever becomes of the container. */
export class Container implements AsyncDisposable {
  /** The state that the statics work on; an engine has its own. */
  static get store(): Store {
    return defaultStore()
  }

  /** Makes a container, which is not started yet. */
  static async create(spec: ContainerSpec): Promise<Container> {
    const { store } = this
    const normalised = parseContainerSpec(spec)
    await recovered(store)
    const made = makeContainer(store, normalised, 'pumped')
    made.run.release()
    announce(store, made.record, 'create')
    return new this(store, made.record)
  }

  /** Makes a container, starts it, and waits until it is ready. Whatever fails, nothing is left over. */
  static async run(options: ContainerRunOptions): Promise<Container> {
    const { ready, signal, timeout, ...spec } = options
    const strategies = readyStrategies(ready)
    if (signal?.aborted) throw new GantryError('ERR_ABORTED', 'Aborted before the container was made', { cause: signal.reason })
    const container = await this.create(spec)
    try {
      await container.start({ signal })
      const ended = async (waiting: AbortSignal) => {
        const { exitCode } = await waitFor(container.#store, container.id, 'not-running', waiting)
        return `exited with ${exitCode === null ? 'an unknown code' : `code ${exitCode}`}`
      }
      await waitUntilReady(container, strategies, { timeout, signal, ended })
      return container
    } catch (error) {
      await container.remove({ force: true }).catch(() => {})
      throw error
    }
  }

  /** The container with this id, name, or beginning of an id. */
  static async get(reference: string): Promise<Container> {
    const { store } = this
    await recovered(store)
    const id = store.getContainer(reference)
    return new this(store, requireRecord(store, id))
  }

  /** The containers that run, or all; the newest first. */
  static async list(options: ListOptions = {}): Promise<Container[]> {
    const infos = await listContainers(this.store, options)
    return infos.map((info) => new this(this.store, info))
  }

  /** Removes those that do not run. */
  static async prune(options: { filters?: PruneFilters } = {}): Promise<Pruned> {
    return pruneContainers(this.store, options.filters)
  }

  readonly id: string
  /** The image as it was named. */ readonly image: string
  readonly #store: Store
  #name: string
  #watcher: EventWatcher | undefined

  /** Use the statics. */
  constructor(store: Store, known: { id: string; name: string; image: string }) {
    this.#store = store
    this.id = known.id
    this.image = known.image
    this.#name = known.name || shownName(known)
  }

  /** As it was when this object last looked; inspect() looks again. */
  get name(): string {
    return this.#name
  }

  async start(options: WaitOptions = {}): Promise<void> {
    await within(options, `starting container ${this.#name}`, this.id, (signal) => startContainer(this.#store, this.id, { signal }))
  }

  /** The stop signal, then SIGKILL after the grace; no restart policy starts it again. Nothing when it does not run. */
  async stop(options: StopOptions = {}): Promise<void> {
    await stopContainer(this.#store, this.#record(), endOptions(options, 'stop()'))
  }

  /** Sends a signal to the first process; SIGKILL by default. */
  async kill(signal?: string | number): Promise<void> {
    await killContainer(this.#store, this.#record(), signal)
  }

  async restart(options: StopOptions = {}): Promise<void> {
    await restartContainer(this.#store, this.#record(), endOptions(options, 'restart()'))
  }

  /** Freezes all its processes. */
  async pause(): Promise<void> {
    await pauseContainer(this.#store, this.#record())
  }

  async unpause(): Promise<void> {
    await unpauseContainer(this.#store, this.#record())
  }

  /** Until it does not run (the default; at once when it does not), until its next exit, until it is removed, or until it is healthy or unhealthy (ERR_CONTAINER_STATE when it does not run, or ends). */
  async wait(options: WaitOptions & { condition?: WaitCondition } = {}): Promise<WaitResult> {
    const { condition = 'not-running', ...waiting } = options
    if (!waitConditions.includes(condition)) {
      throw new GantryError('ERR_INVALID_OPTION', `wait(): there is no condition ${JSON.stringify(condition)}`, { hint: `the conditions are ${waitConditions.join(', ')}` })
    }
    if (condition !== 'removed') this.#record()
    return within(waiting, `waiting for container ${this.#name}`, this.id, (signal) => waitFor(this.#store, this.id, condition, signal))
  }

  /** Takes it off the disk with all that it has written. */
  async remove(options: RemoveOptions = {}): Promise<void> {
    await removeContainer(this.#store, this.id, options)
  }

  async rename(name: string): Promise<void> {
    this.#name = await renameContainer(this.#store, this.id, name)
  }

  /** Changes limits and the restart policy, live. */
  async update(options: UpdateOptions): Promise<void> {
    await updateContainer(this.#store, this.id, options)
  }

  async inspect(): Promise<ContainerInfo> {
    const info = containerInfo(this.#store, this.#record())
    this.#name = info.name
    return info
  }

  /** Runs a command in it; the same kind of handle as run() gives. */
  exec(command: string[], options: ExecOptions & { encoding: 'buffer' }): Job<Buffer>
  exec(command: string[], options?: ExecOptions): Job
  exec(command: string[], options?: ExecOptions): Job | Job<Buffer> {
    return execJob(this.#store, this.id, command, options) as unknown as Job
  }

  /** Its streams as they come; see Attachment. */
  attach(options: AttachOptions = {}): Promise<Attachment> {
    return attachTo(this.#store, this.id, options)
  }

  /** The lines of its log; with `raw: true` the bytes as they were printed, with no work for each line. */
  logs(options: LogOptions & { raw: true }): AsyncIterable<LogBytes>
  logs(options?: LogOptions & { raw?: false }): AsyncIterable<LogEntry>
  logs(options: LogOptions = {}): AsyncIterable<LogEntry> | AsyncIterable<LogBytes> {
    return options.raw ? logBytesOfContainer(this.#store, this.id, options) : logsOfContainer(this.#store, this.id, options)
  }

  /** Its numbers, once a second until it ends; with `stream: false` one sample. */
  stats(options: { stream?: boolean; signal?: AbortSignal } = {}): AsyncIterable<Stats> {
    return statsOfContainer(this.#store, this.id, options)
  }

  /** Its processes, as ps shows them. */
  async top(psArguments: string[] = []): Promise<Top> {
    return topOfContainer(this.#store, this.#record(), psArguments)
  }

  /** The host's port by which a port of the container is reached. */
  port(port: number): number {
    const { network } = this.#record().spec
    if (network === 'host') return port
    throw new GantryError('ERR_NOT_SUPPORTED', `Port ${port} of container ${this.#name} is not published: its network is '${network ?? 'none'}'`, {
      id: this.id,
      hint: "network: 'host' shares the host's ports; published ports come with bridge networks",
    })
  }

  /** A file or directory of the host by its path, a tar stream, or { content } of one file, by the rules of `docker cp`. */
  copyTo(source: files.CopyInput, path: string, options?: files.CopyToOptions): Promise<void> {
    return files.copyInto(this.#store, this.#record(), source, path, options)
  }

  /** Copies to a path of the host; without one, gives a tar stream. */
  copyFrom(path: string, hostPath: string, options?: files.CopyFromOptions): Promise<void>
  copyFrom(path: string, hostPath?: undefined, options?: files.CopyFromOptions): Promise<Readable>
  async copyFrom(path: string, hostPath?: string, options?: files.CopyFromOptions): Promise<Readable | void> {
    if (hostPath === undefined) return files.archiveOf(this.#store, this.#record(), path, options)
    await files.copyOut(this.#store, this.#record(), path, hostPath, options)
  }

  /** What it has changed over its image. */
  async diff(): Promise<files.Change[]> {
    return files.changesOf(this.#store, this.#record())
  }

  /** Its whole file system as a tar stream. */
  export(): Promise<Readable> {
    return files.exportOf(this.#store, this.#record())
  }

  commit(): Promise<never> {
    return Promise.reject(new GantryError('ERR_NOT_SUPPORTED', 'commit() comes with the image builder, which is not in this version', { hint: 'export() it, and Image.import() the archive' }))
  }

  /** What happens to it, from now on (or from `since`). */
  events(options: Omit<EventOptions, 'filters'> = {}): AsyncIterable<GantryEvent> {
    return readEvents(this.#store, { ...options, filters: { type: 'container', container: this.id } })
  }

  /** Calls the listener with every event of this name ('die', 'oom', 'health_status', ...). Does not keep Node alive. */
  on(event: string, listener: EventListener): this {
    this.#watch().on(event, listener)
    return this
  }

  once(event: string, listener: EventListener): this {
    this.#watch().once(event, listener)
    return this
  }

  off(event: string, listener: EventListener): this {
    this.#watcher?.off(event, listener)
    return this
  }

  /** Throws it away: kills it at once (no stop signal, no grace) and removes it. `stop()` it before where its end matters. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (readRecord(this.#store, this.id)) await this.remove({ force: true })
    } catch (error) {
      if (!(error instanceof GantryError && error.code === 'ERR_CONTAINER_NOT_FOUND')) throw error
    }
  }

  #watch(): EventWatcher {
    this.#watcher ??= new EventWatcher(this.#store, this.id)
    return this.#watcher
  }

  #record() {
    return requireRecord(this.#store, this.id)
  }
}

function endOptions(options: StopOptions, subject: string): { killSignal?: string; graceMs?: number; signal?: AbortSignal } {
  // For ever, as a negative time of `docker stop` is.
  const forever = options.timeout === Number.POSITIVE_INFINITY
  const { timeout, killSignal, signal } = parseStopOptions(forever ? { ...options, timeout: undefined } : options, subject)
  return { killSignal, graceMs: forever ? Number.POSITIVE_INFINITY : timeout, signal }
}
