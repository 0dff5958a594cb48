/** The reader of a container's log. The monitor writes it; docs/architecture.md says in which format. */
export { type LogLine, maxLineBytes } from './lines.js'
export { parseMoment } from './moment.js'
export {
  type Alive,
  type LogBytes,
  type LogBytesOptions,
  type LogReadOptions,
  readLogBytes,
  readLogLines,
  readLogs,
} from './read.js'
export { formatRecord, type LogStream } from './record.js'
