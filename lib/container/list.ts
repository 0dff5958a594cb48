/** Which containers there are. */
import type { Store } from '../store/index.js'
import { containerInfo } from './disk/info.js'
import { readRecord } from './disk/record.js'
import { asksForStopped, compileContainerFilters, type ContainerFilters } from './filters.js'
import { recovered } from './recover.js'
import type { ContainerInfo } from './types.js'

export interface ListOptions {
  /** Those that do not run, too. Default false; a filter of status or exited means all. */ all?: boolean
  filters?: ContainerFilters
  /** Only so many, the newest; implies `all`. */ limit?: number
}

/** What is known of each container, the newest first. */
export async function listContainers(store: Store, options: ListOptions = {}): Promise<ContainerInfo[]> {
  await recovered(store)
  const { filters = {}, limit } = options
  const fits = compileContainerFilters(filters, { find: (reference) => findInfo(store, reference), isImage: isImageOf })
  const all = options.all === true || limit !== undefined || asksForStopped(filters)
  const infos: ContainerInfo[] = []
  for (const id of store.containerIds()) {
    const info = readInfo(store, id)
    if (info && (all || info.status === 'running' || info.status === 'paused' || info.status === 'restarting') && fits(info)) infos.push(info)
  }
  infos.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : 1))
  return limit === undefined || limit < 0 ? infos : infos.slice(0, limit)
}

/** undefined for a container that is half made, half removed, or vanishes while it is looked at. */
export function readInfo(store: Store, id: string): ContainerInfo | undefined {
  const record = readRecord(store, id)
  return record && containerInfo(store, record)
}

function findInfo(store: Store, reference: string): ContainerInfo | undefined {
  const id = store.findContainer(reference)
  return id === undefined ? undefined : readInfo(store, id)
}

/** By the name that the container was made with, by that name in another spelling, or by the beginning of the image's id. */
function isImageOf(info: ContainerInfo, reference: string): boolean {
  if (reference === '') return false
  const digest = (id: string) => id.replace(/^sha256:/, '')
  return plainName(info.image) === plainName(reference) || (/^(sha256:)?[0-9a-f]{4,64}$/.test(reference) && digest(info.imageId).startsWith(digest(reference)))
}

/** 'docker.io/library/bb:latest' -> 'bb'. */
function plainName(name: string): string {
  return name.replace(/^docker\.io\//, '').replace(/^library\//, '').replace(/:latest$/, '')
}
