/** Logs, numbers and processes of a container: what the folders logs and stats read, found from its record. */
import { existsSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { cgroupPaths } from '../launch/index.js'
import { parseDuration } from '../oci/index.js'
import type { Store } from '../store/index.js'
import { type ContainerRecord, requireRecord } from './disk/record.js'
import { currentState, isLive } from './disk/state.js'
import { notRunning } from './lifecycle/end.js'
import { type Alive, type LogReadOptions, readLogBytes, readLogs } from './logs/index.js'
import { parseLogOptions } from './options.js'
import { containerPids, measureStats, parseTopArguments, type StatsSource, type Top, topOf, watchStats } from './stats/index.js'
import type { LogBytes, LogEntry, LogOptions, Stats } from './types.js'
import { within } from './lifecycle/waiting.js'

export type { Top } from './stats/index.js'

export function logsOfContainer(store: Store, id: string, options: LogOptions): AsyncGenerator<LogEntry, void, undefined> {
  return readLog(store, id, options, readLogs)
}

export function logBytesOfContainer(store: Store, id: string, options: LogOptions): AsyncGenerator<LogBytes, void, undefined> {
  return readLog(store, id, options, (directory, wanted, alive) => readLogBytes(directory, { ...wanted, join: true }, alive))
}

type LogReader<Piece> = (directory: string, options: LogReadOptions, alive: Alive) => AsyncGenerator<Piece, void, undefined>

async function* readLog<Piece>(store: Store, id: string, options: LogOptions, read: LogReader<Piece>): AsyncGenerator<Piece, void, undefined> {
  parseLogOptions(options)
  const record = requireRecord(store, id)
  if (record.streams === 'direct' || record.spec.log?.driver === 'none') {
    throw new GantryError('ERR_NOT_SUPPORTED', `Container ${record.name || id.slice(0, 12)} has no log`, { id, hint: "its output went to whoever ran it; log: { driver: 'file' } (the default of Container) writes one" })
  }
  const { timeout, signal, raw: _, ...wanted } = options
  const limit = timeout === undefined ? undefined : AbortSignal.timeout(parseDuration(timeout))
  const signals = [signal, limit].filter((one) => one !== undefined)
  const both = signals.length > 0 ? AbortSignal.any(signals) : undefined
  try {
    yield* read(`${store.containerDirectory(id)}/log`, { ...wanted, signal: both }, () => isAlive(store, id))
  } catch (error) {
    if (signal?.aborted) throw new GantryError('ERR_ABORTED', 'Reading the log was aborted', { id, cause: signal.reason })
    if (limit?.aborted) throw new GantryError('ERR_TIMEOUT', 'The time for reading the log has passed', { id })
    throw error
  }
}

export async function* statsOfContainer(store: Store, id: string, options: { stream?: boolean; signal?: AbortSignal }): AsyncGenerator<Stats, void, undefined> {
  const record = requireRecord(store, id)
  const source = statsSource(store, record)
  if (options.stream === false) yield await within({ signal: options.signal }, 'reading statistics', id, (signal) => measureStats(source, { signal }))
  else yield* watchStats(source, { signal: options.signal, alive: () => isAlive(store, id) })
}

export function topOfContainer(store: Store, record: ContainerRecord, psArguments: string[]): Top {
  return topOf(containerPids(statsSource(store, record)), parseTopArguments(psArguments))
}

function statsSource(store: Store, record: ContainerRecord): StatsSource {
  const state = currentState(store, record.id)
  if (!isLive(state.status) || state.pid === 0) throw notRunning(record, 'look into')
  const { unified, legacy } = cgroupPaths(record.id)
  const cgroups = Object.fromEntries(Object.entries({ ...legacy, unified }).filter(([, path]) => path !== undefined && existsSync(path)))
  return { cgroups, pid: state.pid }
}

function isAlive(store: Store, id: string): boolean {
  return existsSync(store.containerDirectory(id)) && isLive(currentState(store, id).status)
}
