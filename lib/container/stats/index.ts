/** Numbers and processes of a container, from cgroup files and /proc. */
export { containerPids } from './processes.js'
export { measureStats, StatsReader, type StatsStreamOptions, statsOf, watchStats } from './reader.js'
export type { StatsSource } from './source.js'
export { parseTopArguments, type Top, topOf } from './top.js'
