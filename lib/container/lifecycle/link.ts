/** The connections of this process to monitors: one a container, used by everything that speaks with it. */
import { GantryError } from '../../errors/index.js'
import { MonitorClient, type MonitorMessage } from '../../launch/monitor.js'
import type { RequestFields, RequestName } from '../../launch/tables.js'
import { systemCode, type Store } from '../../store/index.js'

const links = new WeakMap<Store, Map<string, MonitorClient>>()
const holders = new WeakMap<MonitorClient, number>()

/** Keeps a connection for the container: the owner's, of whoever started the monitor, or one that was made by linkTo. It does not keep Node alive. */
export function keepLink(store: Store, id: string, client: MonitorClient): void {
  let ofStore = links.get(store)
  if (!ofStore) links.set(store, (ofStore = new Map()))
  ofStore.set(id, client)
  client.unref()
  const forget = () => {
    if (ofStore.get(id) === client) ofStore.delete(id)
  }
  client.onClosed(forget)
  // It clears away what is left and takes no more orders.
  client.onNews((message) => message.name === 'gone' && forget())
}

/** The connection to the container's monitor. undefined when there is no monitor. */
export function linkTo(store: Store, id: string): MonitorClient | undefined {
  const kept = links.get(store)?.get(id)
  if (kept && !kept.isClosed) return kept
  let client: MonitorClient
  try {
    client = MonitorClient.connect(store.runDirectory(id), id)
  } catch (error) {
    const code = systemCode((error as GantryError).cause)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
    throw error
  }
  try {
    client.post('watch', {})
  } catch (error) {
    // It was on its way out when it took the connection.
    client.close()
    if (hasEnded(error)) return undefined
    throw error
  }
  keepLink(store, id, client)
  return client
}

/** The monitor at the other end is no more, or will soon be: the next one who asks looks anew. */
export function forgetLink(store: Store, id: string): undefined {
  links.get(store)?.delete(id)
}

/** Closes the connections of a store, and gives them; containers that live and die with this process end. */
export function closeLinks(store: Store): [id: string, client: MonitorClient][] {
  const closed = [...(links.get(store) ?? [])]
  links.delete(store)
  for (const [, client] of closed) client.close()
  return closed
}

/** Keeps Node alive until the function that this gives is called: somebody waits for news. */
export function hold(client: MonitorClient): () => void {
  const count = holders.get(client) ?? 0
  if (count === 0) client.ref()
  holders.set(client, count + 1)
  let held = true
  return () => {
    if (!held) return
    held = false
    const left = (holders.get(client) ?? 1) - 1
    holders.set(client, left)
    if (left === 0) client.unref()
  }
}

/** A request whose refusal is an error. `doing` is for the message: 'pause'. */
export async function ask<Name extends RequestName>(
  client: MonitorClient,
  id: string,
  doing: string,
  name: Name,
  fields: RequestFields[Name],
  signal?: AbortSignal,
): Promise<MonitorMessage> {
  const reply = await client.request(name, fields, { signal }).catch((error: unknown) => {
    throw hasEnded(error) ? endedMeanwhile(id, doing, error) : error
  })
  if (reply.name === 'refused') throw refusal(id, doing, reply.fields.errno)
  return reply
}

const ESRCH = 3
const EBUSY = 16
const EINVAL = 22
const ENOSYS = 38
const ESHUTDOWN = 108
const ECANCELED = 125
const EALREADY = 114

/** Whether a request failed because its monitor is no more: its container has ended, one way or the other. */
export function hasEnded(error: unknown): error is GantryError {
  return error instanceof GantryError && error.code === 'ERR_MONITOR'
}

export function endedMeanwhile(id: string, doing: string, cause: GantryError): GantryError {
  return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${id.slice(0, 12)}: it has just ended`, { id, cause, hint: 'start() it again' })
}

export function isGone(errno: number): boolean {
  return errno === ESRCH || errno === ESHUTDOWN
}

export function isAlready(errno: number): boolean {
  return errno === EALREADY
}

export function refusal(id: string, doing: string, errno: number): GantryError {
  const name = id.slice(0, 12)
  if (isGone(errno)) return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: it does not run`, { id, errno, hint: 'start() it first' })
  if (isAlready(errno)) return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: that is so already`, { id, errno })
  if (errno === EBUSY) return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: it is paused`, { id, errno, hint: 'unpause() it first' })
  if (errno === ECANCELED) return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: somebody ended or resumed it meanwhile`, { id, errno })
  if (errno === EINVAL) return new GantryError('ERR_INVALID_OPTION', `Cannot ${doing} container ${name}: a value is out of range`, { id, errno })
  if (errno === ENOSYS) return new GantryError('ERR_NOT_SUPPORTED', `Cannot ${doing} container ${name}: this kernel cannot do it`, { id, errno })
  return new GantryError('ERR_MONITOR', `Cannot ${doing} container ${name}: its monitor refused (errno ${errno})`, { id, errno })
}
