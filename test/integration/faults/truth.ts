/** What must hold of an engine's roots at any time after a process has opened them, whatever was killed before. */
import { readdirSync, readFileSync, readlinkSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../../lib/index.js'
import { hasMonitor, isLive } from '../../../lib/container/disk/state.js'
import { openStore } from '../../../lib/store/index.js'
import { cgroupsOf } from '../container/busybox.js'
import { holdersOf, isAlive, mountsBelow } from './processes.js'

export interface Roots {
  root: string
  runRoot: string
}

/** Learns the id of every container that is made, so that the cgroups of each can be looked for when it is gone. */
export function collectIds({ root, runRoot }: Roots): { ids: Set<string>; close(): void } {
  const ids = new Set<string>()
  const watchers = [root, runRoot].map((base) => watch(join(base, 'containers'), (_, name) => name?.length === 64 && ids.add(name)))
  return { ids, close: () => watchers.forEach((watcher) => watcher.close()) }
}

/** What is claimed by whom: the ids that the links of a directory name. */
function claims(directory: string): Map<string, string> {
  return new Map(readdirSync(directory).map((name) => [name, holder(readlinkSync(join(directory, name)))]))
}

const holder = (text: string) => (text.length === 43 ? Buffer.from(text, 'base64url').toString('hex') : text)

/**
 * The lies found: a state that is not so, something half made, a claim of nobody's. Containers that end or start while this looks are looked at
 * twice before they count.
 */
export async function lies(engine: Engine, roots: Roots): Promise<string[]> {
  const first = await look(engine, roots)
  if (first.length === 0) return []
  await new Promise((resolve) => setTimeout(resolve, 300))
  const second = await look(engine, roots)
  return first.filter((lie) => second.includes(lie))
}

async function look(engine: Engine, roots: Roots): Promise<string[]> {
  const store = openStore(roots)
  const found: string[] = []
  const containers = await engine.Container.list({ all: true })
  const known = new Set(containers.map(({ id }) => id))
  for (const id of readdirSync(join(roots.root, 'containers'))) if (!known.has(id)) found.push(`${id} is on the disk and not in the list`)
  for (const id of readdirSync(join(roots.runRoot, 'containers'))) if (!hasMonitor(store, id)) found.push(`${id} has a run directory that nobody holds`)
  const names = claims(join(roots.root, 'names/containers'))
  for (const [name, id] of names) if (containers.find((container) => container.id === id)?.name !== name) found.push(`the name ${name} is of nobody`)
  for (const [slot, id] of claims(join(roots.root, 'ids'))) if (!known.has(id)) found.push(`the ids ${slot} are of nobody`)
  for (const container of containers) {
    const { id } = container
    const monitored = hasMonitor(store, id)
    const info = await container.inspect().catch(() => undefined)
    if (!info) continue
    const directory = store.containerDirectory(id)
    const { streams } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as { streams: string }
    if (streams === 'direct') found.push(`${id} is a job that outlived its process (monitored: ${monitored}, ${info.status})`)
    else if (names.get(info.name) !== id) found.push(`${id} has not the name ${info.name}`)
    if (isLive(info.status) && !monitored) found.push(`${id} is ${info.status} without a monitor`)
    if ((info.status === 'running' || info.status === 'paused') && !isAlive(info.pid)) found.push(`${id} is ${info.status} and its process ${info.pid} is not there`)
    if (!isLive(info.status) && info.pid !== 0) found.push(`${id} is ${info.status} with process ${info.pid}`)
    if (!isLive(info.status) && !monitored && cgroupsOf(id).length > 0) found.push(`${id} is ${info.status} and has cgroups`)
    for (const name of readdirSync(directory)) if (name.includes('.tmp-')) found.push(`${id} has a left-over ${name}`)
  }
  return found
}

/** What is left of an engine whose containers were all removed. */
export function remains(ids: Iterable<string>, { root, runRoot }: Roots): string[] {
  const left: string[] = []
  for (const directory of [join(root, 'containers'), join(runRoot, 'containers'), join(root, 'names/containers'), join(root, 'ids')]) {
    for (const name of readdirSync(directory)) left.push(join(directory, name))
  }
  for (const id of ids) left.push(...cgroupsOf(id))
  left.push(...mountsBelow('self', root), ...mountsBelow('self', runRoot), ...holdersOf(root), ...holdersOf(runRoot))
  return left
}

/** The same, once what is on its way out has had the time to go. */
export async function settledRemains(ids: Iterable<string>, roots: Roots): Promise<string[]> {
  const all = [...ids]
  for (let round = 0; ; round++) {
    const left = remains(all, roots)
    if (left.length === 0 || round === 100) return left
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
