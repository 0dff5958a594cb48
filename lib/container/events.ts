/** Events of the engine as users see them. */
import type { EventFilters, Store } from '../store/index.js'
import type { GantryEvent } from './types.js'

export interface EventOptions {
  /** A Date, seconds or milliseconds since the epoch, or a text such as '10m' (ago). Default: now. */ since?: Date | number | string
  /** A follow ends then. */ until?: Date | number | string
  filters?: EventFilters
  /** Ends the iteration. */ signal?: AbortSignal
  /** False: what happened until now, and then the end. Default true. */ follow?: boolean
}

/** Events as they happen, of all processes that use the store. */
export async function* readEvents(store: Store, options: EventOptions = {}): AsyncGenerator<GantryEvent, void, undefined> {
  const { follow = true, ...query } = options
  if (follow) yield* store.journal.follow(query)
  else yield* store.journal.read({ since: query.since, until: query.until, filters: query.filters })
}
