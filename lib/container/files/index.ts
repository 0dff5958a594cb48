/** Files of a container: copies in and out, changes, export. */
export { type CopyFromOptions, copyFrom, readArchive } from './copy-from.js'
export { type CopySource, type CopyToOptions, copyTo } from './copy-to.js'
export { type Change, diff } from './diff.js'
export { exportMount, exportTree } from './export.js'
export { type IdRange, IdShift } from './ids.js'
export type { SendOptions } from './send.js'
export type { FilesTarget } from './target.js'
