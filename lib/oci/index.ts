/** The specifications of the Open Container Initiative, as types and zod schemas with their exact field names. */
export * from './image-schemas.js'
export * from './image-spec.js'
export * from './quantities.js'
export * from './runtime-schemas.js'
export type * from './runtime-spec.js'
export * from './signals.js'
