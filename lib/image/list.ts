import { GantryError } from '../errors/index.js'
import type { Store } from '../store/index.js'
import { familiarName, parseReference } from './reference.js'
import { type ImageRecord, listImageIds, listTags, readImage } from './records.js'
import { hasLabels, shownName } from './remove.js'

export interface ImageFilters {
  /** Names; * stands for anything but a slash. */ reference?: string | readonly string[]
  /** 'key' or 'key=value'; all must fit. */ label?: string | readonly string[]
  /** Only images without (true) or with (false) a name. */ dangling?: boolean | string
}

export interface ListedImage extends ImageRecord { tags: string[] }

/** All images that fit, newest first. The host image, which is always there, is not among them. */
export function listImages(store: Store, filters: ImageFilters = {}): ListedImage[] {
  const fits = compile(filters)
  const tags = listTags(store)
  const images: ListedImage[] = []
  for (const id of listImageIds(store)) {
    const record = readImage(store, id)
    if (!record) continue
    const image = { ...record, tags: tags.filter((tag) => tag.id === id).map(shownName) }
    if (fits(image)) images.push(image)
  }
  return images.sort((a, b) => (b.config.created ?? '').localeCompare(a.config.created ?? ''))
}

function compile(filters: ImageFilters): (image: ListedImage) => boolean {
  for (const key of Object.keys(filters)) {
    if (!['reference', 'label', 'dangling'].includes(key)) throw new GantryError('ERR_INVALID_OPTION', `There is no filter ${JSON.stringify(key)} of images`, { hint: 'the filters are reference, label and dangling' })
  }
  const patterns = textsOf('reference', filters.reference).map(patternOf)
  const labels = textsOf('label', filters.label)
  const dangling = booleanOf(filters.dangling)
  return (image) =>
    (patterns.length === 0 || image.tags.some((tag) => patterns.some((pattern) => pattern.test(tag) || pattern.test(withoutTag(tag))))) &&
    (dangling === undefined || dangling === (image.tags.length === 0)) &&
    hasLabels(image.config, labels)
}

function textsOf(key: string, value: unknown): readonly string[] {
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value]
  if (values.every((item): item is string => typeof item === 'string' && item.length <= 1024)) return values
  throw new GantryError('ERR_INVALID_OPTION', `The filter ${key} takes texts`)
}

function booleanOf(value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  if (/^(true|1)$/i.test(String(value))) return true
  if (/^(false|0)$/i.test(String(value))) return false
  throw new GantryError('ERR_INVALID_OPTION', 'The filter dangling takes true or false')
}

/** A shell-like pattern; one without wildcards is any way of writing a name. */
function patternOf(text: string): RegExp {
  const plain = /[*?[]/.test(text) ? text : familiarOf(text)
  const source = plain.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*+/g, '[^/]*').replace(/\?/g, '[^/]').replace(/\[(?![^\]]*\])/g, '\\[')
  try {
    return new RegExp(`^${source}$`)
  } catch {
    throw new GantryError('ERR_INVALID_OPTION', `${JSON.stringify(text)} is not a pattern of image names`)
  }
}

function familiarOf(text: string): string {
  try {
    const name = familiarName(parseReference(text))
    return text.includes(':', text.lastIndexOf('/') + 1) ? name : withoutTag(name)
  } catch {
    return text
  }
}

function withoutTag(name: string): string {
  return name.replace(/:[^:/]*$/, '')
}
