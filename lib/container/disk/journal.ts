/** The events that the SDK itself writes; what the monitor writes is listed in docs/architecture.md. */
import type { Store } from '../../store/index.js'
import type { ContainerRecord } from './record.js'
import { shownName } from './info.js'

export type SdkAction =
  | 'create' | 'kill' | 'stop' | 'pause' | 'unpause' | 'rename' | 'update' | 'attach' | 'destroy' | 'die'
  | 'exec_create' | 'exec_start' | 'exec_die' | 'commit' | 'export'

/** What every event of a container says about it: Docker's attributes, the labels among them. */
export function eventAttributes(record: ContainerRecord): Record<string, string> {
  return { image: record.image, name: shownName(record), ...record.labels }
}

export function announce(store: Store, record: ContainerRecord, action: SdkAction, more?: Record<string, string>): void {
  const attributes = eventAttributes(record)
  store.journal.append({ type: 'container', action, id: record.id, attributes: more ? { ...attributes, ...more } : attributes })
}
