import type { GantryError } from '../errors/index.js'
import type { MonitorMessage } from './messages.js'

type Listener = (message: MonitorMessage) => void

export interface Expectation {
  settle: Listener
  fail: (error: GantryError) => void
  later?: Listener
}

/** The requests that wait for a reply, and those whose story goes on after it (an exec that runs). */
export class Replies {
  readonly #expected = new Map<number, Expectation>()
  readonly #later = new Map<number, Listener>()
  readonly #forgotten = new Set<number>()
  #lastId = 0

  /** How many requests wait for a reply. */
  get count(): number {
    return this.#expected.size
  }

  nextId(): number {
    do {
      this.#lastId = this.#lastId === 0xffffffff ? 1 : this.#lastId + 1
    } while (this.#expected.has(this.#lastId) || this.#later.has(this.#lastId))
    return this.#lastId
  }

  expect(id: number, expectation: Expectation): void {
    this.#expected.set(id, expectation)
  }

  /** The reply is not wanted any more; when it comes it is taken and `null` is its listener. */
  forget(id: number): void {
    if (this.#expected.delete(id)) this.#forgotten.add(id)
  }

  /** Who is to have this message: its listener, null when nobody wants it, undefined when it is news. */
  listenerOf(message: MonitorMessage): Listener | null | undefined {
    const { id, name } = message
    if (id === 0) return name === 'done' || name === 'refused' ? null : undefined
    const expectation = this.#expected.get(id)
    if (expectation) {
      this.#expected.delete(id)
      if (expectation.later && name !== 'failed' && name !== 'refused') this.#later.set(id, expectation.later)
      return expectation.settle
    }
    if (this.#forgotten.has(id)) {
      // An exec that was given up still tells of its end.
      if (name !== 'executed') this.#forgotten.delete(id)
      return null
    }
    const later = this.#later.get(id)
    if (name === 'executeExited') this.#later.delete(id)
    return later
  }

  /** No reply will come. */
  failAll(error: GantryError): void {
    const expected = [...this.#expected.values()]
    this.#expected.clear()
    this.#later.clear()
    this.#forgotten.clear()
    for (const { fail } of expected) fail(error)
  }
}
