/** The door to the SDK: opened only by commands that need it, so that help and bad command lines cost nothing. */
import type { Readable, Writable } from 'node:stream'
import type { ContainerInfo, ContainerSpec, ExecOptions, GantryEvent, Job, LimitOptions, LogEntry, LogOptions, Restart, Stats, WaitOptions } from '../container/types.js'

export interface Attachment {
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly stderr: Readable
  resize(size: { rows: number; columns: number }): Promise<void>
  close(): void
}

export interface Container {
  readonly id: string
  readonly name: string
  readonly image: string
  start(options?: WaitOptions): Promise<void>
  stop(options?: { timeout?: number; killSignal?: string }): Promise<void>
  kill(signal?: string | number): Promise<void>
  restart(options?: { timeout?: number; killSignal?: string }): Promise<void>
  pause(): Promise<void>
  unpause(): Promise<void>
  wait(options?: WaitOptions & { condition?: 'not-running' | 'next-exit' | 'removed' }): Promise<{ exitCode: number | null }>
  remove(options?: { force?: boolean }): Promise<void>
  rename(name: string): Promise<void>
  update(limits: LimitOptions & { restart?: Restart }): Promise<void>
  inspect(): Promise<ContainerInfo>
  exec(command: string[], options?: ExecOptions): Job
  attach(options?: { stdin?: boolean; stdout?: boolean; stderr?: boolean; signal?: AbortSignal }): Promise<Attachment>
  logs(options?: LogOptions): AsyncIterable<LogEntry>
  stats(options?: { stream?: boolean; signal?: AbortSignal }): AsyncIterable<Stats>
  top(psArguments?: string[]): Promise<{ titles: string[]; processes: string[][] }>
  copyTo(source: string | Readable, target: string, options?: object): Promise<void>
  copyFrom(source: string, target: string, options?: object): Promise<void>
  diff(): Promise<{ path: string; kind: 'A' | 'C' | 'D' }[]>
  export(): Promise<Readable>
}

export interface ImageInfo {
  id: string
  tags: string[]
  createdAt: Date | null
  size: number
}

export interface Image {
  readonly id: string
  readonly tags: string[]
  tag(reference: string): Promise<void>
  remove(options?: { force?: boolean; reference?: string }): Promise<{ untagged: string[]; deleted: string[] }>
  inspect(): Promise<ImageInfo>
  history(): Promise<{ createdAt: Date | null; createdBy: string; size: number; comment: string }[]>
}

export interface Pruned { removed: string[]; reclaimedBytes: number }

export interface Engine {
  Image: {
    list(options?: { filters?: Record<string, string[]> }): Promise<Image[]>
    get(reference: string): Promise<Image>
    import(source: string | Readable, options?: { reference?: string; message?: string; changes?: string[] }): Promise<Image>
    prune(options?: { all?: boolean; filters?: Record<string, string[]> }): Promise<Pruned>
  }
  info(): Promise<Record<string, unknown>>
  diskUsage(): Promise<Record<string, unknown>>
  prune(options?: { all?: boolean; filters?: Record<string, string[]> }): Promise<{ containers: Pruned; images: Pruned }>
  restore(): Promise<{ started: string[]; failed: { name: string; error: unknown }[] }>
  Container: {
    create(spec: ContainerSpec): Promise<Container>
    get(idOrName: string): Promise<Container>
    list(options?: { all?: boolean; filters?: Record<string, string[]>; limit?: number }): Promise<Container[]>
    prune(options?: { filters?: Record<string, string[]> }): Promise<Pruned>
  }
  events(options?: { since?: string; until?: string; filters?: Record<string, string[]>; signal?: AbortSignal }): AsyncIterable<GantryEvent>
  close(): Promise<void>
}

export interface RootOptions {
  root?: string | undefined
  runRoot?: string | undefined
}

export async function openEngine(_options: RootOptions): Promise<Engine> {
  throw new Error('the engine is not there yet')
}
