/** From options and an image to what the OCI runtime spec says of a container, and of the processes that join it. */
export {
  availableCapabilities,
  compatCapabilities,
  containerCapabilities,
  sandboxCapabilities,
} from './capabilities.js'
export { DEFAULT_PATH } from './environment.js'
export { type MergedConfig, type MergedHealthCheck, mergeImageConfig } from './image-config.js'
export { type ContainerResolver, hasUserNamespace, type IdRange, sharedContainers } from './namespaces.js'
export { type ExecSubject, type ResolvedUser, toExecProcess, toProbeProcess } from './process.js'
export { limitResources } from './resources.js'
export { containerHostname, type SpecInput, type SpecRootfs, toRuntimeSpec } from './runtime.js'
