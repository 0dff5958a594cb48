import { journalAttributes } from '../../launch/index.js'
import { parseName, type Store } from '../../store/index.js'
import { announce, eventAttributes } from '../disk/journal.js'
import { announced } from '../disk/intent.js'
import { writeRecord } from '../disk/record.js'
import { changing } from './change.js'
import { hasEnded, linkTo } from './link.js'

/** Gives a container another name; ERR_NAME_IN_USE when another container has it. Returns the name. */
export function renameContainer(store: Store, id: string, name: string): Promise<string> {
  return changing(store, id, (record) => {
    const next = parseName(name)
    const { name: old } = record
    if (next === old) return next
    announced(store, id, () => {
      store.names.claim('containers', next, id)
      try {
        writeRecord(store, { ...record, name: next, spec: { ...record.spec, name: next } })
      } catch (error) {
        store.names.release('containers', next, id)
        throw error
      }
      if (old) store.names.release('containers', old, id)
    })
    const renamed = { ...record, name: next }
    // The monitor names it in the events that it writes. Policy -1: as it is.
    try {
      linkTo(store, id)?.post('settings', { policy: -1, maximum: 0 }, { tail: journalAttributes(eventAttributes(renamed)) })
    } catch (error) {
      // One that has just ended writes no more events.
      if (!hasEnded(error)) throw error
    }
    announce(store, renamed, 'rename', { oldName: old })
    return next
  })
}
