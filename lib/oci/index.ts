/** The specifications of the Open Container Initiative, as types and zod schemas with their exact field names. */
export type * from './runtime-spec.js'
