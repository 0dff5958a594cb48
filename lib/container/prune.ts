/** Removes the containers that do not run. */
import { GantryError } from '../errors/index.js'
import { parseTime, nowNs, type Store } from '../store/index.js'
import { listContainers } from './list.js'
import { removeContainer } from './lifecycle/end.js'
import { layerSize } from './size.js'
import type { ContainerInfo } from './types.js'

export interface PruneFilters {
  /** 'key' or 'key=value': all must fit. */ label?: string | readonly string[]
  /** The opposite: none may fit. */ 'label!'?: string | readonly string[]
  /** Only those made before: a Date's text, seconds, or '24h' (ago). */ until?: string | readonly string[]
}

export interface Pruned {
  removed: string[]
  reclaimedBytes: number
}

export async function pruneContainers(store: Store, filters: PruneFilters = {}): Promise<Pruned> {
  const { label, 'label!': not, until, ...rest } = filters
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw new GantryError('ERR_INVALID_OPTION', `There is no filter ${JSON.stringify(unknown)} of prune`, { hint: 'the filters are label, label!, until' })
  const now = nowNs()
  const before = many(until).map((text) => Number(parseTime(text, now) / 1_000_000n))
  const fits = (info: ContainerInfo) =>
    many(label).every((one) => hasLabel(info, one)) && !many(not).some((one) => hasLabel(info, one)) && before.every((time) => info.createdAt.getTime() < time)
  const result: Pruned = { removed: [], reclaimedBytes: 0 }
  for (const info of await listContainers(store, { all: true })) {
    if ((info.status !== 'created' && info.status !== 'exited') || !fits(info)) continue
    const bytes = layerSize(store, info.id)
    try {
      await removeContainer(store, info.id)
    } catch (error) {
      // Started or removed by somebody else meanwhile.
      if (error instanceof GantryError && (error.code === 'ERR_CONTAINER_STATE' || error.code === 'ERR_CONTAINER_NOT_FOUND')) continue
      throw error
    }
    result.removed.push(info.id)
    result.reclaimedBytes += bytes
  }
  return result
}

function many(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : typeof values === 'string' ? [values] : values
}

function hasLabel(info: ContainerInfo, label: string): boolean {
  const equals = label.indexOf('=')
  const key = equals < 0 ? label : label.slice(0, equals)
  return Object.hasOwn(info.labels, key) && (equals < 0 || info.labels[key] === label.slice(equals + 1))
}
