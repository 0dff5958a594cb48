/** Options as users give them: zod schemas, and the functions that read them once into a normalised form (bytes, milliseconds, absolute paths, defaults filled in). */
export * from './options/calls.js'
export {
  containerDefaults,
  containerSpecSchema,
  type NormalisedSpec,
  parseContainerSpec,
  type SpecDefaults,
  strictLimits,
} from './options/container.js'
export type { NormalisedDevice } from './options/devices.js'
export type { NormalisedHealthCheck } from './options/health.js'
export { limitsSchema, type NormalisedLimits } from './options/limits.js'
export { type Machine, machine } from './options/machine.js'
export { mountSchema, type NormalisedBind, type NormalisedMount, type NormalisedTmpfs } from './options/mounts.js'
export { nearest } from './options/nearest.js'
export { parseWith } from './options/parse.js'
export type { NormalisedRestart, RestartPolicy } from './options/restart.js'
export {
  execOptionsSchema,
  type NormalisedExec,
  type NormalisedRun,
  parseExecOptions,
  parseRunOptions,
  runOptionsSchema,
} from './options/run.js'
export { parseSecurityOptions, type SecurityOptions } from './options/security.js'
export { sharedContainer } from './options/sharing.js'
export type { NormalisedUlimit } from './options/ulimits.js'
export { waitShape } from './options/waiting.js'
