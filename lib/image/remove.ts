import { GantryError } from '../errors/index.js'
import type { ImageConfig } from '../oci/index.js'
import { parseTime, removeTree, shortId, type Store } from '../store/index.js'
import { detachLayer, listLayers, readLayer, sweepUnfinished } from './layer/index.js'
import { familiarName, parseReference } from './reference.js'
import { deleteImage, deleteTag, listImageIds, listTags, readImage, tagName, type TagRecord, withImages } from './records.js'
import { usedImages } from './usage.js'

export interface RemoveOptions {
  /** Also when it has several names; from an image that containers use only the names are taken. Default false. */ force?: boolean
}

export interface Removed {
  /** Names that were taken away. */ untagged: string[]
  /** Images and layers that were deleted. */ deleted: string[]
  /** Bytes of the layers that were deleted. */ reclaimedBytes: number
}

/**
 * Take a name from an image; with the last name, or when it is asked for by its id, the image itself goes with the layers that no other image has.
 * ERR_IMAGE_IN_USE while containers are made from it.
 */
export async function removeImage(store: Store, id: string, name: string | undefined, options: RemoveOptions = {}): Promise<Removed> {
  const removed: Removed = { untagged: [], deleted: [], reclaimedBytes: 0 }
  withImages(store, 'exclusive', () => {
    const tags = listTags(store).filter((tag) => tag.id === id)
    const wanted = name === undefined ? undefined : tags.find((tag) => tag.name === tagName(parseReference(name)))
    if (wanted && tags.length > 1) return untag(store, wanted, removed)
    if (!wanted && tags.length > 1 && !options.force) {
      throw new GantryError('ERR_IMAGE_IN_USE', `The image ${shortId(id)} has several names: ${tags.map(shownName).join(', ')}`, { id, hint: 'remove it by a name, or use force' })
    }
    const containers = usedImages(store).get(id)
    if (containers && !options.force) throw inUse(id, containers)
    for (const tag of tags) untag(store, tag, removed)
    // Its containers still need the layers: it stays until a prune finds it unused.
    if (containers) return
    deleteImage(store, id)
    removed.deleted.push(id)
  })
  if (removed.deleted.length) {
    store.journal.append({ type: 'image', action: 'delete', id, attributes: { name: name ?? id } })
    await removeUnusedLayers(store, removed)
  }
  return removed
}

export interface PruneOptions {
  /** All images that no container uses, not only those without a name. Default false. */ all?: boolean
  filters?: { label?: readonly string[]; until?: string | number | Date }
}

/** Delete images that no container uses: those without a name, or, with `all`, every one that fits. */
export async function pruneImages(store: Store, options: PruneOptions = {}): Promise<Removed> {
  const removed: Removed = { untagged: [], deleted: [], reclaimedBytes: 0 }
  const untilNs = options.filters?.until === undefined ? undefined : parseTime(options.filters.until)
  withImages(store, 'exclusive', () => {
    const used = usedImages(store)
    const tags = listTags(store)
    for (const id of listImageIds(store)) {
      const names = tags.filter((tag) => tag.id === id)
      const config = used.has(id) || (names.length && !options.all) ? undefined : readImage(store, id)?.config
      if (!config || !hasLabels(config, options.filters?.label)) continue
      if (untilNs !== undefined && parseTime(config.created ?? '1970-01-01T00:00:00Z') >= untilNs) continue
      for (const tag of names) untag(store, tag, removed)
      deleteImage(store, id)
      removed.deleted.push(id)
      store.journal.append({ type: 'image', action: 'delete', id, attributes: { name: id } })
    }
  })
  await removeUnusedLayers(store, removed)
  return removed
}

/** Delete the layers that no image has. */
export async function removeUnusedLayers(store: Store, removed: Removed): Promise<void> {
  await sweepUnfinished(store)
  const trees = withImages(store, 'exclusive', () => {
    const kept = new Set(listImageIds(store).flatMap((id) => readImage(store, id)?.config.rootfs.diff_ids ?? []))
    return listLayers(store).filter((diffId) => !kept.has(diffId)).map((diffId) => {
      removed.deleted.push(diffId)
      removed.reclaimedBytes += readLayer(store, diffId)?.size ?? 0
      return detachLayer(store, diffId)
    })
  })
  for (const tree of trees) if (tree) await removeTree(tree)
}

/** Whether a configuration has all of these labels, each 'key' or 'key=value'. */
export function hasLabels(config: ImageConfig, labels: readonly string[] = []): boolean {
  const own = config.config?.Labels ?? {}
  return labels.every((label) => {
    const equals = label.indexOf('=')
    return equals < 0 ? Object.hasOwn(own, label) : own[label.slice(0, equals)] === label.slice(equals + 1)
  })
}

function inUse(id: string, containers: readonly string[]): GantryError {
  const shown = `${containers.slice(0, 4).map(shortId).join(', ')}${containers.length > 4 ? ', ...' : ''}`
  return new GantryError('ERR_IMAGE_IN_USE', `The image ${shortId(id)} is used by the ${containers.length === 1 ? 'container' : 'containers'} ${shown}`, {
    id,
    hint: 'remove the containers first; with force only the names are taken from the image',
  })
}

function untag(store: Store, tag: TagRecord, removed: Removed): void {
  deleteTag(store, tag.name)
  removed.untagged.push(shownName(tag))
  store.journal.append({ type: 'image', action: 'untag', id: tag.id, attributes: { name: shownName(tag) } })
}

export function shownName(tag: TagRecord): string {
  return familiarName(parseReference(tag.name))
}
