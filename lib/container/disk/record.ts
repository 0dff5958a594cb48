/** config.json: what a container is, written before anything else of it exists. The monitor never reads it; state.json is the monitor's. */
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { ioError, type Store, systemCode, writeAll, writeAtomic } from '../../store/index.js'
import type { ContainerSpec } from '../types.js'

export interface RestartRule {
  policy: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  /** Of on-failure; 0 is without bound. */ maximum: number
}

export interface ContainerRecord {
  version: 1
  id: string
  /** Empty where none was asked for (a job of run()). */
  name: string
  /** Milliseconds since the epoch. */
  createdAt: number
  /** The image as it was named, and what it was then. */
  image: string
  imageId: string
  /** The whole argument list: the entrypoint's and the command's. */
  command: string[]
  labels: Record<string, string>
  /** What the user asked for; it is parsed anew at each start. */
  spec: ContainerSpec
  /** The slot of its range of user ids. */
  idSlot?: number
  lifetime: 'process' | 'detached'
  autoRemove: boolean
  restart: RestartRule
  /** direct: a job of run(), whose pipes its process holds; it has no log. */
  streams: 'direct' | 'pumped'
  hasHealth: boolean
  /** Where the writable layer is: on the disk, or in memory for as long as it runs, which is how its size is bounded. */
  layer: 'disk' | 'memory'
}

export function recordPath(store: Store, id: string): string {
  return `${store.containerDirectory(id)}/config.json`
}

/** The first version is written in place: until it is whole, the run directory says that the container is not finished. */
export function writeFirstRecord(store: Store, record: ContainerRecord): void {
  const path = recordPath(store, record.id)
  try {
    const descriptor = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600)
    try {
      writeAll(descriptor, Buffer.from(JSON.stringify(record)))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw ioError(`Cannot write ${path}`, error, { path, id: record.id })
  }
}

/** Replaces the record as a whole. The caller holds the lock of the container's directory. */
export function writeRecord(store: Store, record: ContainerRecord): void {
  try {
    writeAtomic(recordPath(store, record.id), JSON.stringify(record))
  } catch (error) {
    // It has removed itself meanwhile.
    if (systemCode((error as GantryError).cause) === 'ENOENT') requireRecord(store, record.id)
    throw error
  }
}

/** undefined where there is no such container, or it is half made or half removed. */
export function readRecord(store: Store, id: string): ContainerRecord | undefined {
  const path = recordPath(store, id)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw ioError(`Cannot read ${path}`, error, { path, id })
  }
  try {
    const record = JSON.parse(text) as ContainerRecord
    return record.version === 1 && record.id === id ? record : undefined
  } catch {
    return undefined
  }
}

export function requireRecord(store: Store, id: string): ContainerRecord {
  const record = readRecord(store, id)
  if (record) return record
  throw new GantryError('ERR_CONTAINER_NOT_FOUND', `There is no container ${id.slice(0, 12)} any more`, {
    id,
    hint: 'it was removed; gantry ps --all lists the containers',
  })
}
