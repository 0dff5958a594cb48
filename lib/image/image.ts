import { GantryError } from '../errors/index.js'
import type { ImageHistory, ImageRunConfig } from '../oci/index.js'
import { defaultStore, type Store } from '../store/index.js'
import { hostImageConfig, hostName, isHostName } from './host/index.js'
import { importImage, type ImportOptions, parseImageName } from './import.js'
import { checkImportOptions } from './options.js'
import { type LayerSource, layerTree, readLayer } from './layer/index.js'
import { type ImageFilters, listImages } from './list.js'
import { familiarName, formatReference } from './reference.js'
import { findImageId, type ImageRecord, listTags, readImage, withImages, writeTag } from './records.js'
import { pruneImages, type PruneOptions, type Removed, removeImage, type RemoveOptions, shownName } from './remove.js'
import { imageNotFound } from './resolve.js'

export interface ImageInfo {
  id: string
  /** Names, as people write them. */ tags: string[]
  /** null for an image that did not come from a registry. */ digest: string | null
  /** null when it is unknown. */ createdAt: Date | null
  author: string
  comment: string
  os: string
  architecture: string
  variant: string
  /** Bytes of all files of all layers. */ sizeBytes: number
  config: ImageRunConfig
  layers: { diffId: string; sizeBytes: number; path: string }[]
}

/** An image: layers and what a container of it starts with. Made by the statics. */
export class Image {
  /** Where the images are. An engine overrides it. */
  static get store(): Store {
    return defaultStore()
  }

  /** The machine's own system as a read-only image. Always there; its name is 'host'. */
  static async host(): Promise<Image> {
    return new this(this.store, hostImageConfig(this.store), hostName)
  }

  /**
   * Make an image of one layer from a tar archive (plain or gzip; its path, a stream or its bytes) or a directory. Hostile archives are
   * refused with ERR_IMAGE_INVALID; whatever fails, nothing is left.
   */
  static async import(source: LayerSource, options: ImportOptions = {}): Promise<Image> {
    const record = await importImage(this.store, source, checkImportOptions(options))
    return new this(this.store, record, options.name)
  }

  /** The image of a name, an id, or the beginning of an id. ERR_IMAGE_NOT_FOUND when there is none. */
  static async get(reference: string): Promise<Image> {
    if (typeof reference !== 'string') throw new GantryError('ERR_INVALID_OPTION', 'An image is named by a text')
    if (isHostName(reference)) return this.host()
    const id = findImageId(this.store, reference)
    const record = id === undefined ? undefined : readImage(this.store, id)
    if (!record) throw imageNotFound(reference)
    return new this(this.store, record, reference)
  }

  /** All images that fit, newest first; the host image is not among them. */
  static async list(options: { filters?: ImageFilters } = {}): Promise<Image[]> {
    return listImages(this.store, options.filters).map((record) => new this(this.store, record))
  }

  /** Delete images without a name, or, with `all`, every one that no container uses; and layers that no image has. */
  static async prune(options: PruneOptions = {}): Promise<Removed> {
    return pruneImages(this.store, options)
  }

  static async pull(reference: string): Promise<Image> {
    throw later(`pull ${reference}`)
  }

  static async build(): Promise<Image> {
    throw later('build an image')
  }

  static async load(): Promise<Image[]> {
    throw later('load an archive of images')
  }

  static async search(term: string): Promise<never> {
    throw later(`search for ${term}`)
  }

  /** 'sha256:' and 64 hexadecimal digits. */
  readonly id: string
  readonly #store: Store
  readonly #record: ImageRecord
  readonly #name?: string

  /** Use the statics. */
  constructor(store: Store, record: ImageRecord, name?: string) {
    this.id = record.id
    this.#store = store
    this.#record = record
    this.#name = name
  }

  /** The names that the image has now. */
  get tags(): string[] {
    if (this.#isHost) return ['host:latest']
    return listTags(this.#store).filter((tag) => tag.id === this.id).map(shownName)
  }

  /** The digest by which a registry knows it; null when it did not come from one. */
  get digest(): string | null {
    return null
  }

  /** What a container of the image starts with: Cmd, Env and so on, in OCI's words. */
  get config(): ImageRunConfig {
    return this.#record.config.config ?? {}
  }

  /** Give the image one more name. */
  async tag(name: string): Promise<void> {
    this.#refuseHost('be given another name')
    const reference = parseImageName(name)
    withImages(this.#store, 'shared', () => {
      if (!readImage(this.#store, this.id)) throw imageNotFound(this.id)
      writeTag(this.#store, reference, this.id)
    })
    this.#store.journal.append({ type: 'image', action: 'tag', id: this.id, attributes: { name: familiarName(reference) } })
  }

  /**
   * Take away the name by which this object was got; with its last name the image goes. Got by its id, all of it goes. ERR_IMAGE_IN_USE while containers use it.
   */
  async remove(options: RemoveOptions = {}): Promise<Removed> {
    this.#refuseHost('be removed')
    if (!readImage(this.#store, this.id)) throw imageNotFound(this.#name ?? this.id)
    return removeImage(this.#store, this.id, this.#tagged(), options)
  }

  async inspect(): Promise<ImageInfo> {
    const { config } = this.#record
    const layers = config.rootfs.diff_ids.map((diffId) => ({ diffId, sizeBytes: readLayer(this.#store, diffId)?.size ?? 0, path: layerTree(this.#store, diffId) }))
    return {
      id: this.id,
      tags: this.tags,
      digest: this.digest,
      createdAt: config.created === undefined ? null : new Date(config.created),
      author: config.author ?? '',
      comment: config.history?.at(-1)?.comment ?? '',
      os: config.os,
      architecture: config.architecture,
      variant: config.variant ?? '',
      sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
      config: structuredClone(this.config),
      layers,
    }
  }

  /** How the image came to be, the newest step first. */
  async history(): Promise<(ImageHistory & { sizeBytes: number })[]> {
    const sizes = this.#record.config.rootfs.diff_ids.map((diffId) => readLayer(this.#store, diffId)?.size ?? 0)
    return (this.#record.config.history ?? []).map((step) => ({ ...step, sizeBytes: step.empty_layer ? 0 : (sizes.shift() ?? 0) })).reverse()
  }

  async push(): Promise<never> {
    throw later('push an image')
  }

  async save(): Promise<never> {
    throw later('save an image')
  }

  get #isHost(): boolean {
    return this.#name === hostName && this.#record.config.rootfs.diff_ids.length === 0
  }

  /** The name, if it is one: an id or the beginning of one is not. */
  #tagged(): string | undefined {
    if (this.#name === undefined || this.#name.startsWith('sha256:')) return undefined
    const isTag = !/^[0-9a-f]{64}$/.test(this.#name) && listTags(this.#store).some((tag) => tag.id === this.id && tag.name === formatReference(parseImageName(this.#name!)))
    return isTag ? this.#name : undefined
  }

  #refuseHost(what: string): void {
    if (this.#isHost) throw new GantryError('ERR_NOT_SUPPORTED', `The image host is the machine itself and cannot ${what}`)
  }
}

function later(what: string): GantryError {
  return new GantryError('ERR_NOT_SUPPORTED', `Gantry cannot ${what} yet`, {
    hint: "Image.import() takes an archive or a directory of a root file system (debootstrap, docker export), and 'host' is always there",
  })
}
