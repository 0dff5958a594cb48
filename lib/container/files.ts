/** The files of a container, found from its record; the work is done in the folder files. */
import { Readable } from 'node:stream'
import { closeSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { resolveRootfs } from '../image/index.js'
import type { Store } from '../store/index.js'
import { type ContainerRecord, requireRecord } from './disk/record.js'
import { shownName } from './disk/info.js'
import { currentState, isLive } from './disk/state.js'
import { type Change, copyFrom, type CopyFromOptions, type CopySource, copyTo, type CopyToOptions, diff, exportMount, exportTree, type FilesTarget, readArchive } from './files/index.js'
import { changing } from './lifecycle/change.js'
import { ask, linkTo } from './lifecycle/link.js'

export type { Change, CopyFromOptions, CopyToOptions } from './files/index.js'

/** A path of the host, a tar stream, or what the folder files takes. */
export type CopyInput = string | Readable | CopySource

export function copyInto(store: Store, record: ContainerRecord, input: CopyInput, path: string, options?: CopyToOptions): Promise<void> {
  const source: CopySource = typeof input === 'string' ? { path: input } : input instanceof Readable ? { tar: input } : input
  // A stopped container must not be started while its overlay is mounted for the copy.
  return settled(store, record, (target) => copyTo(target, path, source, options))
}

export function copyOut(store: Store, record: ContainerRecord, path: string, hostPath: string, options?: CopyFromOptions): Promise<void> {
  return settled(store, record, (target) => copyFrom(target, path, hostPath, options))
}

export function archiveOf(store: Store, record: ContainerRecord, path: string, options?: CopyFromOptions): Readable {
  return readArchive(filesTarget(store, record), path, options)
}

export function changesOf(store: Store, record: ContainerRecord): Change[] {
  if (record.layer === 'memory') {
    throw new GantryError('ERR_NOT_SUPPORTED', `The changes of container ${shownName(record)} cannot be told: its layer is in memory, because of diskSize`, { id: record.id })
  }
  const { upper, layers, idRange } = filesTarget(store, record)
  try {
    return diff(upper, layers, idRange)
  } catch (error) {
    // It was removed while we looked.
    requireRecord(store, record.id)
    throw error
  }
}

export async function exportOf(store: Store, record: ContainerRecord): Promise<Readable> {
  const target = filesTarget(store, record)
  const link = target.pid > 0 ? linkTo(store, record.id) : undefined
  if (!link) return exportTree(target)
  const { descriptors } = await ask(link, record.id, 'export', 'rootDescriptor', {})
  const [root, ...more] = descriptors
  more.forEach((descriptor) => closeSync(descriptor))
  if (root === undefined) throw new GantryError('ERR_MONITOR', 'The monitor gave no root', { id: record.id })
  return exportMount(root, () => closeSync(root), target.idRange)
}

function settled<T>(store: Store, record: ContainerRecord, action: (target: FilesTarget) => Promise<T>): Promise<T> {
  const target = filesTarget(store, record)
  if (target.pid > 0) return action(target)
  return changing(store, record.id, (current) => action(filesTarget(store, current)))
}

function filesTarget(store: Store, record: ContainerRecord): FilesTarget {
  const { id } = record
  const state = currentState(store, id)
  if (record.layer === 'memory' && !isLive(state.status)) {
    throw new GantryError('ERR_CONTAINER_STATE', `The files of container ${shownName(record)} are gone: its layer was in memory, because of diskSize`, { id })
  }
  const directory = store.containerDirectory(id)
  const isHost = record.image === 'host' || record.image === 'host:latest'
  return {
    id,
    name: shownName(record),
    pid: isLive(state.status) ? state.pid : 0,
    layers: resolveRootfs(store, isHost ? record.image : record.imageId).layers,
    upper: `${directory}/upper`,
    work: `${directory}/work`,
    idRange: record.idSlot === undefined ? undefined : store.ids.at(record.idSlot),
  }
}
