import { existsSync, type Stats, statSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import type { ImageRunConfig } from '../oci/index.js'
import type { Store } from '../store/index.js'
import { hostRootfs, isHostName } from './host/index.js'
import { layerTree } from './layer/index.js'
import { familiarName, parseReference } from './reference.js'
import { defaultPath, type Rootfs } from './rootfs.js'
import { findImageId, imagePath, readImage, tagName, tagPath } from './records.js'

interface Known {
  rootfs: Rootfs
  /** The file whose exchange or removal ends the entry. */ path: string
  inode: number
  changed: number
}

const mostKnown = 1000
const caches = new WeakMap<Store, Map<string, Known>>()

/**
 * The root file system that an image's name or id stands for. ERR_IMAGE_NOT_FOUND when there is none. It is kept in memory, and one
 * stat tells whether the name means something else by now.
 */
export function resolveRootfs(store: Store, reference: string): Rootfs {
  if (isHostName(reference)) return hostRootfs(store)
  const cache = caches.get(store) ?? new Map<string, Known>()
  caches.set(store, cache)
  const known = cache.get(reference)
  if (known) {
    const status = statSync(known.path, { throwIfNoEntry: false })
    if (status && status.ino === known.inode && status.ctimeMs === known.changed) return known.rootfs
    cache.delete(reference)
  }
  const found = find(store, reference)
  if (cache.size >= mostKnown) cache.clear()
  cache.set(reference, found)
  return found.rootfs
}

function find(store: Store, reference: string): Known {
  if (typeof reference !== 'string') throw new GantryError('ERR_INVALID_OPTION', 'An image is named by a text')
  const id = findImageId(store, reference)
  const image = id === undefined ? undefined : readImage(store, id)
  if (id === undefined || !image) throw imageNotFound(reference)
  // A name is good as long as its file is the same; an id as long as the image is there.
  const named = tagFile(store, reference)
  const path = named?.path ?? imagePath(store, id)
  const status: Stats = named?.status ?? statSync(path)
  const layers = image.config.rootfs.diff_ids.map((diffId) => layerTree(store, diffId)).reverse()
  const missing = layers.find((layer) => !existsSync(layer))
  if (missing) throw new GantryError('ERR_IMAGE_INVALID', `A layer of the image ${reference} is missing`, { id, path: missing, hint: 'remove the image and import it again' })
  const rootfs: Rootfs = { imageId: id, imageName: named?.name ?? reference, layers, mounts: [], config: withPath(image.config.config ?? {}) }
  return { rootfs, path, inode: status.ino, changed: status.ctimeMs }
}

function tagFile(store: Store, reference: string): { path: string; name: string; status: Stats } | undefined {
  if (reference.startsWith('sha256:') || /^[0-9a-f]{64}$/.test(reference)) return undefined
  const parsed = parseReference(reference)
  if (parsed.digest) return undefined
  const path = tagPath(store, tagName(parsed))
  const status = statSync(path, { throwIfNoEntry: false })
  return status && { path, name: familiarName(parsed), status }
}

function withPath(config: ImageRunConfig): ImageRunConfig {
  if (config.Env?.some((entry) => entry.startsWith('PATH='))) return config
  return { ...config, Env: [`PATH=${defaultPath}`, ...(config.Env ?? [])] }
}

export function imageNotFound(reference: string): GantryError {
  const shown = typeof reference === 'string' && reference.length > 200 ? `${reference.slice(0, 197)}...` : String(reference)
  return new GantryError('ERR_IMAGE_NOT_FOUND', `There is no image ${shown}`, {
    hint: "gantry images lists those that are there; Image.import(archive, { name }) adds one, and 'host' is always there",
  })
}
