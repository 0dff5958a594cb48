/** The door to the SDK: opened only by commands that need it, so that help and bad command lines cost nothing. */
import type { Readable } from 'node:stream'
import type { Attachment, AttachOptions } from '../container/attach.js'
import type { CopyFromOptions } from '../container/files/copy-from.js'
import type { ContainerInfo, ContainerSpec, ExecOptions, GantryEvent, Job, LimitOptions, LogEntry, LogOptions, Restart, Stats, WaitOptions } from '../container/types.js'
import type { Image, Removed } from '../image/index.js'

export type { Attachment } from '../container/attach.js'
export type { Image, ImageFilters } from '../image/index.js'

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
  attach(options?: AttachOptions): Promise<Attachment>
  logs(options?: LogOptions): AsyncIterable<LogEntry>
  stats(options?: { stream?: boolean; signal?: AbortSignal }): AsyncIterable<Stats>
  top(psArguments?: string[]): Promise<{ titles: string[]; processes: string[][] }>
  copyTo(source: string | Readable, target: string, options?: object): Promise<void>
  copyFrom(source: string, target: string, options?: CopyFromOptions): Promise<void>
  copyFrom(source: string, options?: CopyFromOptions): Promise<Readable>
  diff(): Promise<{ path: string; kind: 'A' | 'C' | 'D' }[]>
  export(): Promise<Readable>
}

export interface Pruned { removed: string[]; reclaimedBytes: number }

export interface Engine {
  Image: typeof Image
  info(): Promise<Record<string, unknown>>
  diskUsage(): Promise<Record<string, unknown>>
  prune(options?: { all?: boolean; filters?: Record<string, string[]> }): Promise<{ containers: Pruned; images: Removed }>
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
