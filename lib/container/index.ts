/** Containers and jobs. */
import { defaultStore, type Store } from '../store/index.js'
import { type RunSpec, runJob } from './run.js'
import type { Job, RunOptions } from './types.js'

export { Attachment, type AttachOptions } from './attach.js'
export { Container, type ContainerRunOptions, type StopOptions } from './container.js'
export { type EventOptions, readEvents } from './events.js'
export type { ContainerFilters } from './filters.js'
export { JobError } from './job/exit-error.js'
export type { UpdateOptions } from './lifecycle/update.js'
export type { WaitCondition, WaitResult } from './lifecycle/wait.js'
export { leaveContainers } from './lifecycle/leave.js'
export { startContainer } from './lifecycle/start.js'
export { listContainers, type ListOptions } from './list.js'
export { containerSpecSchema, execOptionsSchema, logOptionsSchema, runOptionsSchema, stopOptionsSchema, updateOptionsSchema } from './options.js'
export { pruneContainers, type Pruned, type PruneFilters } from './prune.js'
export { recover, recovered, wantsRestore } from './recover.js'
export { readRecord } from './disk/record.js'
export { currentState } from './disk/state.js'
export { inspectDocument } from './inspect/document.js'
export { layerSize } from './size.js'
export type * from './types.js'
export type { RunSpec } from './run.js'

/** run() of one store. */
export interface Run {
  (image: string, command: string[] | undefined, options: RunOptions & { encoding: 'buffer' }): Job<Buffer>
  (image: string, command?: string[], options?: RunOptions): Job
  (spec: RunSpec & { encoding: 'buffer' }): Job<Buffer>
  (spec: RunSpec): Job
}

export function runOf(store: () => Store): Run {
  return ((image: string | RunSpec, command?: string[], options?: RunOptions) => runJob(store, image, command, options)) as Run
}

/**
 * Runs a command in a sandbox of its own and resolves when it has exited. A non-zero exit does not reject unless `check: true`. The value is also a
 * handle while it runs: `for await (const line of job)`, `job.stdout`, `job.kill()`.
 */
export const run: Run = runOf(defaultStore)
