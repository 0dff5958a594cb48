/** One change of a container at a time, whoever makes it: under the lock of its directory. */
import { GantryError } from '../../errors/index.js'
import { lockDirectory, type Store } from '../../store/index.js'
import { type ContainerRecord, requireRecord } from '../disk/record.js'

const ENOENT = 2

/** Runs an action while no other process changes the container. The record is as it is under the lock. */
export async function changing<T>(store: Store, id: string, action: (record: ContainerRecord) => Promise<T> | T, signal?: AbortSignal): Promise<T> {
  let lock: { release(): void }
  try {
    lock = await lockDirectory(store.containerDirectory(id), { signal })
  } catch (error) {
    if (error instanceof GantryError && error.errno === ENOENT) requireRecord(store, id)
    throw error
  }
  try {
    return await action(requireRecord(store, id))
  } finally {
    lock.release()
  }
}
