import { GantryError } from '../../errors/index.js'
import type { JournalEvent } from './event.js'

/**
 * Docker's filters of events. Values of one key are alternatives (labels must all fit); all keys must fit. `event` is the action; container,
 * image, volume and network take an id, the beginning of one, or a name; label takes 'key' or 'key=value'.
 */
export interface EventFilters {
  type?: string | readonly string[]
  event?: string | readonly string[]
  container?: string | readonly string[]
  image?: string | readonly string[]
  volume?: string | readonly string[]
  network?: string | readonly string[]
  label?: string | readonly string[]
}

export type EventTest = (event: JournalEvent) => boolean

const tests: Record<keyof EventFilters, (event: JournalEvent, value: string) => boolean> = {
  type: (event, value) => event.type === value,
  // 'health_status: healthy' is found by its whole and by 'health_status'.
  event: (event, value) => event.action === value || event.action.startsWith(`${value}:`),
  container: (event, value) => isObject(event, 'container', value),
  image: (event, value) => (event.type === 'image' ? isImage(event.id, value) || isImage(event.attributes.name, value) : isImage(event.attributes.image, value)),
  volume: (event, value) => isObject(event, 'volume', value),
  network: (event, value) => isObject(event, 'network', value),
  label: (event, value) => hasLabel(event.attributes, value),
}

/** One test out of all filters; ERR_INVALID_OPTION for a key that does not exist. */
export function compileFilters(filters: EventFilters = {}): EventTest {
  const all: EventTest[] = []
  for (const [key, given] of Object.entries(filters)) {
    const name = key === 'action' ? 'event' : key
    if (given === undefined) continue
    if (!Object.hasOwn(tests, name)) {
      throw new GantryError('ERR_INVALID_OPTION', `There is no filter ${JSON.stringify(key)} of events`, { hint: `the filters are ${Object.keys(tests).join(', ')}` })
    }
    const values = (Array.isArray(given) ? given : [given]) as unknown[]
    if (!values.every((value) => typeof value === 'string')) throw new GantryError('ERR_INVALID_OPTION', `The filter ${key} takes texts`)
    if (values.length === 0) continue
    const test = tests[name as keyof EventFilters]
    const texts = values as string[]
    all.push(name === 'label' ? (event) => texts.every((text) => test(event, text)) : (event) => texts.some((text) => test(event, text)))
  }
  return (event) => all.every((test) => test(event))
}

function isObject(event: JournalEvent, type: string, value: string): boolean {
  if (value === '') return false
  const plain = value.startsWith('/') ? value.slice(1) : value
  if (event.type === type) return event.id.startsWith(plain) || event.attributes.name === plain
  // connect and disconnect of a network, mount and unmount of a volume name the container that they are about.
  const other = event.attributes[type]
  return (event.type === 'network' || event.type === 'volume') && other !== undefined && (other === plain || other.startsWith(plain))
}

function isImage(image: string | undefined, value: string): boolean {
  if (image === undefined || value === '') return false
  if (image === value || withoutTag(image) === value) return true
  const id = image.startsWith('sha256:') ? image.slice(7) : undefined
  return id?.startsWith(value.replace(/^sha256:/, '')) ?? false
}

function withoutTag(image: string): string {
  const colon = image.lastIndexOf(':')
  return colon > image.lastIndexOf('/') && !image.includes('@') && !image.startsWith('sha256:') ? image.slice(0, colon) : image
}

function hasLabel(labels: Record<string, string>, value: string): boolean {
  const equals = value.indexOf('=')
  if (equals < 0) return Object.hasOwn(labels, value)
  return labels[value.slice(0, equals)] === value.slice(equals + 1)
}
