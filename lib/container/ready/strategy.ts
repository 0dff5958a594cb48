/** A way to know, from outside, that a container is ready. */
import type { LogOptions, LogEntry, ContainerInfo } from '../types.js'

/** What strategies see of a container. */
export interface Observed {
  readonly id: string
  inspect(): Promise<ContainerInfo>
  logs(options: LogOptions & { raw?: false }): AsyncIterable<LogEntry>
  exec(command: string[], options: { signal?: AbortSignal }): PromiseLike<{ exitCode: number; stderr: string }>
  port(port: number): number
}

export interface Strategy {
  /** What is waited for, in the words of an error message: "port 5432 to accept connections". */
  readonly description: string
  /** Resolves when it is so; ends soon, in whatever way, when the signal fires. */
  wait(container: Observed, signal: AbortSignal): Promise<void>
}
