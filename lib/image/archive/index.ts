/** Trees as tar archives. */
export { Packer, type PackOptions } from './pack.js'
export { encodeSparseHeader, findPieces, type Piece } from './sparse.js'
export { type Found, type WalkOptions, walkTree } from './walk.js'
