/** Gantry: containers as objects of your program. */
export * from './container/public.js'
export { Engine, type DiskUsage, type EngineInfo, type EngineOptions, type Restored } from './engine/index.js'
export { errorCodes, type ErrorCode, GantryError } from './errors/index.js'
export { Image, type ImageInfo, type ImportOptions, importOptionsSchema } from './image/index.js'
export { Network } from './network/index.js'
export { Volume } from './volume/index.js'
