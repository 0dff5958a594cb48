import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { type ImageConfig, imageConfigSchema } from '../oci/index.js'
import { ioError, isId, nowNs, onlyOne, type Store, systemCode, withDirectoryLockSync, writeAtomic } from '../store/index.js'
import { formatReference, parseReference, type Reference } from './reference.js'

/** images/<id>.json holds an image's OCI configuration, whose SHA-256 is the id; images/tags/<name> names it. */
export interface ImageRecord {
  /** 'sha256:' and 64 hexadecimal digits. */ id: string
  config: ImageConfig
}

export interface TagRecord {
  /** 'docker.io/library/bb:latest' */ name: string
  /** The image's id. */ id: string
  /** When the name was given, in nanoseconds. */ timeNs: string
}

export function imagesDirectory(store: Store): string {
  return `${store.root}/images`
}

/** Write an image's configuration. The same configuration is the same image. */
export function writeImage(store: Store, config: ImageConfig): ImageRecord {
  const bytes = Buffer.from(JSON.stringify(config))
  const id = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  writeAtomic(imagePath(store, id), bytes, { durable: true })
  return { id, config }
}

/** The image of an id; undefined when there is none. ERR_IMAGE_INVALID when its file is damaged. */
export function readImage(store: Store, id: string): ImageRecord | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(imagePath(store, id))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw ioError(`Cannot read the image ${id}`, error)
  }
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (actual !== id) throw new GantryError('ERR_IMAGE_INVALID', `The configuration of the image ${id} is damaged on the disk`, { id, hint: 'remove the image and import it again' })
  return { id, config: imageConfigSchema.parse(JSON.parse(bytes.toString('utf8'))) }
}

export function deleteImage(store: Store, id: string): void {
  unlinkQuietly(imagePath(store, id))
}

/** The ids of all images. */
export function listImageIds(store: Store): string[] {
  return readdirSync(imagesDirectory(store)).filter((name) => name.endsWith('.json') && isId(name.slice(0, -5))).map((name) => `sha256:${name.slice(0, -5)}`)
}

export function imagePath(store: Store, id: string): string {
  return `${imagesDirectory(store)}/${id.replace(/^sha256:/, '')}.json`
}

/** The file of a tag. '/' cannot be in a file's name, '%' not in a reference. */
export function tagPath(store: Store, name: string): string {
  return `${tagsDirectory(store)}/${name.replaceAll('/', '%')}`
}

/** Give an image a name, taking it from whichever image had it. Returns that image's id. */
export function writeTag(store: Store, reference: Reference, id: string): string | undefined {
  const name = tagName(reference)
  const before = readTag(store, name)?.id
  const record: TagRecord = { name, id, timeNs: String(nowNs()) }
  writeAtomic(tagPath(store, name), JSON.stringify(record), { durable: true })
  return before === id ? undefined : before
}

export function readTag(store: Store, name: string): TagRecord | undefined {
  try {
    return JSON.parse(readFileSync(tagPath(store, name), 'utf8')) as TagRecord
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENAMETOOLONG') return undefined
    throw ioError(`Cannot read the image name ${name}`, error)
  }
}

export function deleteTag(store: Store, name: string): void {
  unlinkQuietly(tagPath(store, name))
}

/** All names, oldest first. */
export function listTags(store: Store): TagRecord[] {
  const tags = readdirSync(tagsDirectory(store)).filter((file) => !file.includes('.tmp-')).map((file) => readTag(store, file.replaceAll('%', '/')))
  return tags.filter((tag) => tag !== undefined).sort((a, b) => Number(BigInt(a.timeNs) - BigInt(b.timeNs)))
}

/** The id that a user means by an image's name, its id, or the beginning of that; undefined when there is none. */
export function findImageId(store: Store, text: string): string | undefined {
  const hex = text.replace(/^sha256:/, '')
  if (isId(hex)) return statSync(imagePath(store, hex), { throwIfNoEntry: false }) ? `sha256:${hex}` : undefined
  if (!text.startsWith('sha256:')) {
    const reference = parseReference(text)
    if (reference.digest) return findImageId(store, reference.digest)
    const tag = readTag(store, tagName(reference))
    if (tag) return tag.id
  }
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined
  return onlyOne(text, listImageIds(store).filter((id) => id.startsWith(`sha256:${hex}`)))
}

/** Run something while nobody removes images or layers, or, exclusively, while nobody else adds or removes any. */
export function withImages<T>(store: Store, kind: 'exclusive' | 'shared', action: () => T): T {
  return withDirectoryLockSync(imagesDirectory(store), action, kind)
}

/** The name without a digest: a tag is what a name stands for here. */
export function tagName(reference: Reference): string {
  return formatReference({ ...reference, tag: reference.tag ?? 'latest', digest: undefined })
}

function tagsDirectory(store: Store): string {
  const path = `${imagesDirectory(store)}/tags`
  if (!statSync(path, { throwIfNoEntry: false })) mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw ioError(`Cannot remove ${path}`, error)
  }
}
