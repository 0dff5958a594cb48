/** Of the folder's face, what users import. */
export {
  Attachment, type AttachOptions, Container, type ContainerFilters, type ContainerRunOptions, containerSpecSchema, type EventOptions, execOptionsSchema, JobError, type ListOptions,
  logOptionsSchema, type Pruned, type PruneFilters, type Run, run, runOptionsSchema, type RunSpec, type StopOptions, stopOptionsSchema, type UpdateOptions, updateOptionsSchema, type WaitCondition,
  type WaitResult,
} from './index.js'
export type * from './types.js'
