import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fchmodSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, constants } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import { syncFilesystem } from '../../native/index.js'
import { ioError, isId, type Lock, removeTree, type Store, syncDirectory, systemCode, tryLockDirectory, writeAtomic } from '../../store/index.js'
import { defaultLimits, type TarLimits, TarParser } from '../tar/index.js'
import { openSource, type LayerSource } from './source.js'
import { TreeWriter } from './tree-writer.js'

/** A layer: the tree that an archive's members make, known by the SHA-256 of the uncompressed archive. */
export interface Layer {
  /** 'sha256:' and 64 hexadecimal digits. */ diffId: string
  /** Bytes of all files. */ size: number
  /** Members of the archive. */ entries: number
}

export interface ImportProgress {
  /** Bytes of the uncompressed archive so far. */ bytes: number
  entries: number
}

export interface AddOptions {
  signal?: AbortSignal
  onProgress?: (progress: ImportProgress) => void
  limits?: Partial<TarLimits>
}

const unfinished = /^\.import-[0-9a-f]{16}$/
const sliceSize = 1024 * 1024

export function layersDirectory(store: Store): string {
  return `${store.root}/layers`
}

/** The directory of a layer's tree: what an overlay is mounted over. */
export function layerTree(store: Store, diffId: string): string {
  return `${layersDirectory(store)}/${hexOf(diffId)}/tree`
}

/** What is known of a layer; undefined when it is not there. */
export function readLayer(store: Store, diffId: string): Layer | undefined {
  try {
    return JSON.parse(readFileSync(`${layersDirectory(store)}/${hexOf(diffId)}/layer.json`, 'utf8')) as Layer
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw ioError(`Cannot read the layer ${diffId}`, error)
  }
}

/** The digests of all layers. */
export function listLayers(store: Store): string[] {
  return readdirSync(layersDirectory(store)).filter(isId).map((hex) => `sha256:${hex}`)
}

/**
 * Unpack a source into the store. The tree is made under a temporary name and gets its own only when all of it is on the disk, so that a layer
 * that is there is whole, whatever happened; what an interrupted import left is swept by the next one.
 */
export async function addLayer(store: Store, source: LayerSource, options: AddOptions = {}): Promise<Layer> {
  const { chunks } = await openSource(source, options.signal)
  const { temporary, lock } = makeTemporary(store)
  try {
    await sweepUnfinished(store)
    const layer = await unpack(temporary, chunks, options)
    await publish(store, temporary, layer)
    return layer
  } catch (error) {
    throw options.signal?.aborted ? new GantryError('ERR_ABORTED', 'The import of an image was aborted', { cause: options.signal.reason }) : ioError('Cannot unpack the archive', error)
  } finally {
    await removeTree(temporary)
    lock.release()
  }
}

/**
 * Take a layer out of the store: from now on it is not there. The caller knows that no image uses it and holds the lock of the images; the tree that is
 * returned is for `removeTree` after that. undefined when there was no such layer.
 */
export function detachLayer(store: Store, diffId: string): string | undefined {
  const doomed = `${layersDirectory(store)}/.import-${randomBytes(8).toString('hex')}`
  try {
    renameSync(`${layersDirectory(store)}/${hexOf(diffId)}`, doomed)
    return doomed
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw ioError(`Cannot remove the layer ${diffId}`, error)
  }
}

/** Delete what interrupted imports and removals left. */
export async function sweepUnfinished(store: Store): Promise<void> {
  for (const name of readdirSync(layersDirectory(store))) {
    if (!unfinished.test(name)) continue
    const path = `${layersDirectory(store)}/${name}`
    const lock = existsSync(path) ? tryLockQuietly(path) : null
    if (!lock) continue
    await removeTree(path)
    lock.release()
  }
}

async function unpack(directory: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>, options: AddOptions): Promise<Layer> {
  const limits = { ...defaultLimits, ...options.limits }
  mkdirSync(`${directory}/tree`)
  const root = openSync(`${directory}/tree`, constants.O_RDONLY | constants.O_DIRECTORY)
  const writer = new TreeWriter(root, limits)
  const parser = new TarParser(writer, limits)
  const hash = createHash('sha256')
  let bytes = 0
  let sinceBreath = 0
  try {
    fchmodSync(root, 0o755)
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += sliceSize) {
        if (options.signal?.aborted) throw options.signal.reason
        const slice = chunk.subarray(start, start + sliceSize)
        hash.update(slice)
        parser.push(slice)
        bytes += slice.length
        sinceBreath += slice.length
        if (sinceBreath < sliceSize) continue
        sinceBreath = 0
        options.onProgress?.({ bytes, entries: parser.entries })
        await breathe()
      }
    }
    parser.finish()
    writer.finish()
    options.onProgress?.({ bytes, entries: parser.entries })
    return { diffId: `sha256:${hash.digest('hex')}`, size: parser.bytes, entries: parser.entries }
  } finally {
    writer.close()
    closeSync(root)
  }
}

async function publish(store: Store, temporary: string, layer: Layer): Promise<void> {
  const place = `${layersDirectory(store)}/${hexOf(layer.diffId)}`
  if (existsSync(place)) return
  writeAtomic(`${temporary}/layer.json`, JSON.stringify(layer))
  const descriptor = openSync(temporary, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await syncFilesystem(descriptor)
  } finally {
    closeSync(descriptor)
  }
  try {
    renameSync(temporary, place)
  } catch (error) {
    // Another process was faster with the same content.
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return
    throw error
  }
  syncDirectory(layersDirectory(store))
}

/** A directory that a sweep leaves alone while its lock is held. */
function makeTemporary(store: Store): { temporary: string; lock: Lock } {
  for (;;) {
    const temporary = `${layersDirectory(store)}/.import-${randomBytes(8).toString('hex')}`
    try {
      mkdirSync(temporary, { mode: 0o700 })
    } catch (error) {
      throw ioError('Cannot create a layer', error)
    }
    const lock = tryLockQuietly(temporary)
    if (lock) return { temporary, lock }
    // A sweep came in between; it deletes the directory.
  }
}

function tryLockQuietly(path: string) {
  try {
    return tryLockDirectory(path)
  } catch {
    return null // It is gone by now.
  }
}

function hexOf(diffId: string): string {
  const hex = diffId.replace(/^sha256:/, '')
  if (!isId(hex)) throw new GantryError('ERR_IMAGE_INVALID', `${JSON.stringify(diffId)} is not the digest of a layer`)
  return hex
}
