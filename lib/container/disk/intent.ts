/**
 * A change of a container's record and of what points to it is announced by a file before it is begun, so that whoever opens the engine after a
 * crash finds it without looking at every container, and brings the two together again.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import { ioError, isId, type Store, systemCode, temporaryName, tryLockDirectory } from '../../store/index.js'
import { readRecord } from './record.js'

function directoryOf(store: Store): string {
  return `${store.runRoot}/changes`
}

/** Runs a change under its announcement. The caller holds the lock of the container's directory. A change that throws has undone itself. */
export function announced<T>(store: Store, id: string, change: () => T): T {
  const path = `${directoryOf(store)}/${id}`
  try {
    mkdirSync(directoryOf(store), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'w', 0o600))
  } catch (error) {
    throw ioError(`Cannot write ${path}`, error, { path, id })
  }
  try {
    return change()
  } finally {
    remove(path)
  }
}

/** Finishes or undoes the changes whose makers died; with `all`, as after a boot, which took the announcements, of every container. */
export function settleChanges(store: Store, all: boolean): void {
  const ids = new Set(list(directoryOf(store)).filter(isId))
  if (all) for (const id of [...store.containerIds(), ...store.names.list('containers').values()]) ids.add(id)
  for (const id of ids) settleChange(store, id)
}

/** For a container that is being removed, by whoever holds its lock. */
export function forgetChange(store: Store, id: string): void {
  const path = `${directoryOf(store)}/${id}`
  if (!existsSync(path)) return
  settleNames(store, id)
  remove(path)
}

/** The record is what holds: the name that it does not say is given back. */
function settleChange(store: Store, id: string): void {
  const directory = store.containerDirectory(id)
  let lock: ReturnType<typeof tryLockDirectory> | undefined
  try {
    lock = tryLockDirectory(directory)
  } catch (error) {
    if ((error as { errno?: number }).errno !== 2) throw error
  }
  // Somebody is at it.
  if (lock === null) return
  try {
    settleNames(store, id, readRecord(store, id)?.name)
    if (lock) removeTemporaries(directory)
    remove(`${directoryOf(store)}/${id}`)
  } finally {
    lock?.release()
  }
}

/** Gives back every name of an id but one. */
function settleNames(store: Store, id: string, kept?: string): void {
  for (const [name, holder] of store.names.list('containers')) if (holder === id && name !== kept) store.names.release('containers', name, id)
}

/** What a write that never came to its rename left. */
export function removeTemporaries(directory: string): void {
  for (const name of list(directory)) if (temporaryName.test(name)) remove(`${directory}/${name}`)
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw ioError(`Cannot read ${directory}`, error, { path: directory })
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw ioError(`Cannot delete ${path}`, error, { path })
  }
}
