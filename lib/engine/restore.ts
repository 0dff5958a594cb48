/** What `gantry system restore` does after a boot. */
import { currentState, readRecord, recover, startContainer, wantsRestore } from '../container/index.js'
import type { Store } from '../store/index.js'

export interface Restored {
  /** Names. */ started: string[]
  failed: { name: string; error: unknown }[]
}

/** Starts the containers with the policy `always` that ever ran, and those with `unless-stopped` that nobody stopped; those that run are left alone. */
export async function restore(store: Store): Promise<Restored> {
  await recover(store)
  const result: Restored = { started: [], failed: [] }
  for (const id of store.containerIds()) {
    const record = readRecord(store, id)
    if (!record || !wantsRestore(record, currentState(store, id))) continue
    const name = record.name || id.slice(0, 12)
    try {
      await startContainer(store, id)
      result.started.push(name)
    } catch (error) {
      result.failed.push({ name, error })
    }
  }
  return result
}
