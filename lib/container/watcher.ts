/** on/once/off of a container: its events from the journal, followed while somebody listens. */
import { EventEmitter } from 'eventemitter3'
import type { Store } from '../store/index.js'
import type { GantryEvent } from './types.js'

export type EventListener = (event: GantryEvent) => void

/** Listening does not keep Node's event loop alive. */
export class EventWatcher {
  readonly #store: Store
  readonly #id: string
  readonly #emitter = new EventEmitter<Record<string, [GantryEvent]>>()
  #following: AbortController | undefined

  constructor(store: Store, id: string) {
    this.#store = store
    this.#id = id
  }

  on(name: string, listener: EventListener): void {
    this.#emitter.on(name, listener)
    this.#follow()
  }

  once(name: string, listener: EventListener): void {
    this.#emitter.once(name, listener)
    this.#follow()
  }

  off(name: string, listener: EventListener): void {
    this.#emitter.off(name, listener)
    this.#rest()
  }

  #follow(): void {
    if (this.#following) return
    const following = new AbortController()
    this.#following = following
    const events = this.#store.journal.follow({ filters: { type: 'container', container: this.#id }, signal: following.signal, keepAlive: false })
    void (async () => {
      for await (const event of events) {
        if (following.signal.aborted) return
        // 'health_status: healthy' is heard by listeners of both.
        const [plain] = event.action.split(':')
        this.#emitter.emit(event.action, event)
        if (plain !== event.action) this.#emitter.emit(plain!, event)
        this.#rest()
      }
    })().catch((error: unknown) => process.emitWarning(`Gantry cannot follow the events of container ${this.#id.slice(0, 12)}: ${(error as Error).message}`, 'GantryWarning'))
  }

  #rest(): void {
    if (this.#emitter.eventNames().length > 0) return
    this.#following?.abort()
    this.#following = undefined
  }
}
