/** Tar archives: a strict parser into which bytes are pushed, and the headers of a writer. */
export { TarParser } from './parser.js'
export { encodeHeader, endOfArchive, padding } from './writer.js'
export { defaultLimits, highestId, invalidArchive, showName, type EntryType, type TarEntry, type TarLimits, type TarVisitor } from './entry.js'
