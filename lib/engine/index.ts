/** The engine: two roots and the classes bound to them. */
export type { DiskUsage, Usage } from './disk-usage.js'
export { Engine, type EngineOptions } from './engine.js'
export type { EngineInfo } from './info.js'
export type { Restored } from './restore.js'
