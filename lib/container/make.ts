/** Makes a container on the disk: its directories, its record, its name and its user ids; nothing runs yet. */
import { chownSync, mkdirSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { resolveRootfs, type Rootfs } from '../image/index.js'
import { ioError, newId, type Store } from '../store/index.js'
import { undoCreation } from './disk/erase.js'
import { type ContainerRecord, writeFirstRecord } from './disk/record.js'
import { RunDirectory } from './disk/run-directory.js'
import type { NormalisedSpec } from './options.js'
import { hasUserNamespace, type IdRange, type MergedConfig, mergeImageConfig } from './spec/index.js'

/** A container that has just been made, and is held until it is started or released. */
export interface Made {
  record: ContainerRecord
  spec: NormalisedSpec
  rootfs: Rootfs
  config: MergedConfig
  idRange: IdRange | undefined
  run: RunDirectory
  /** Takes everything back. */ undo: () => void
  /** Of a job without durable state: it is gone, and its id can be forgotten. */ forget?: () => void
}

/** `streams` direct: a job, which has no log and needs no name. */
export function makeContainer(store: Store, spec: NormalisedSpec, streams: 'direct' | 'pumped'): Made {
  // What can be refused is refused before anything is made.
  const layer = layerKind(spec, streams)
  const rootfs = resolveRootfs(store, spec.image)
  const config = mergeImageConfig(spec, rootfs.config)
  const { id, run } = claimNewId(store)
  const claimed: { name?: string; idSlot?: number } = {}
  const isPassing = layer === 'memory' && streams === 'direct' && spec.lifetime === 'process' && spec.autoRemove
  const forget = isPassing ? store.keepInRunDirectory(id) : undefined
  const undo = () => {
    undoCreation(store, id, run, claimed)
    forget?.()
  }
  try {
    const directory = store.containerDirectory(id)
    if (!isPassing) make(directory, 0o700)
    if (spec.name !== undefined) {
      store.names.claim('containers', spec.name, id)
      claimed.name = spec.name
    } else if (streams === 'pumped') claimed.name = store.names.claimRandom('containers', id)
    const range = hasUserNamespace(spec) ? store.ids.claim(id) : undefined
    claimed.idSlot = range?.slot
    const record = makeRecord(id, spec, rootfs, config, streams, layer, claimed)
    if (layer === 'disk') makeLayer(directory, range?.base ?? 0)
    if (streams === 'pumped') for (const name of ['log', 'files']) make(`${directory}/${name}`, name === 'log' ? 0o700 : 0o755)
    // Last: others see a whole container or none.
    writeFirstRecord(store, record)
    return { record, spec, rootfs, config, idRange: range, run, undo, forget }
  } catch (error) {
    undo()
    throw error
  }
}

/** Somebody who recovers may take a run directory in the moment between its making and its locking; then it is his to clear away. */
function claimNewId(store: Store): { id: string; run: RunDirectory } {
  for (;;) {
    const id = newId()
    const run = RunDirectory.claim(store, id)
    if (run) return { id, run }
  }
}

function makeRecord(
  id: string,
  spec: NormalisedSpec,
  rootfs: Rootfs,
  config: MergedConfig,
  streams: 'direct' | 'pumped',
  layer: ContainerRecord['layer'],
  claimed: { name?: string; idSlot?: number },
): ContainerRecord {
  return {
    version: 1,
    id,
    name: claimed.name ?? '',
    createdAt: Date.now(),
    image: spec.image,
    imageId: rootfs.imageId,
    command: config.args,
    labels: config.labels,
    spec,
    idSlot: claimed.idSlot,
    lifetime: spec.lifetime,
    autoRemove: spec.autoRemove,
    restart: { policy: spec.restart.policy, maximum: spec.restart.maximumRetryCount },
    streams,
    hasHealth: config.healthcheck !== undefined,
    layer,
  }
}

/**
 * Where the writable layer is. A bound on what it writes is kept by a file system of its own, which is in memory, and so not for what is to be
 * started again. A job without a bound has its layer in memory too: that makes nothing on the disk and leaves nothing there. But files in memory
 * count as its memory, so with a memory limit alone they go to the disk.
 */
function layerKind(spec: NormalisedSpec, streams: 'direct' | 'pumped'): ContainerRecord['layer'] {
  if (spec.diskSize === undefined) return streams === 'direct' && spec.autoRemove && spec.memory === undefined ? 'memory' : 'disk'
  if (spec.autoRemove) return 'memory'
  throw new GantryError('ERR_NOT_SUPPORTED', "Container: option 'diskSize' needs 'autoRemove: true' in this version: the bounded layer is in memory, and gone when the container stops", {
    hint: "leave diskSize out (or limits: 'strict', which sets it), or set autoRemove: true",
  })
}

/** The root of the container belongs to its root, and looks like any root directory. */
function makeLayer(directory: string, owner: number): void {
  make(`${directory}/upper`, 0o755)
  if (owner !== 0) chownSync(`${directory}/upper`, owner, owner)
  make(`${directory}/work`, 0o700)
}

function make(path: string, mode: number): void {
  try {
    mkdirSync(path, mode)
  } catch (error) {
    throw ioError(`Cannot create ${path}`, error, { path })
  }
}
