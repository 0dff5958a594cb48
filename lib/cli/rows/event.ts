import type { GantryEvent } from '../../container/types.js'
import { nanoTime } from '../format/index.js'

/** An event as --format sees it: docker's fields for a template, docker's keys for json. */
export function eventDocument(event: GantryEvent): object {
  const attributes = Object.fromEntries(Object.entries(event.attributes).sort())
  const seconds = Number(event.timeNs / 1_000_000_000n)
  const older = event.type === 'container' || event.type === 'image' ? { Status: event.action, ID: event.id, From: event.attributes.image ?? '' } : { Status: '', ID: '', From: '' }
  const document = { Type: event.type, Action: event.action, Actor: { ID: event.id, Attributes: attributes }, Scope: 'local', Time: seconds, TimeNano: event.timeNs, ...older }
  const keys = {
    ...(older.Status === '' ? {} : { status: older.Status, id: older.ID, ...(older.From === '' ? {} : { from: older.From }) }),
    ...{ Type: event.type, Action: event.action, Actor: document.Actor, scope: 'local', time: seconds, timeNano: event.timeNs },
  }
  return Object.defineProperty(document, 'toJSON', { value: () => keys, enumerable: false })
}

/** '2024-05-01T10:00:00.120000000Z container die <id> (exitCode=0, image=debian:12, name=web)'. */
export function eventLine(event: GantryEvent): string {
  const attributes = Object.entries(event.attributes).sort().map(([key, value]) => `${key}=${value}`)
  return `${nanoTime(event.timeNs, true)} ${event.type} ${event.action} ${event.id}${attributes.length > 0 ? ` (${attributes.join(', ')})` : ''}`
}
