/** Starts containers that exist. */
import { setTimeout as pause } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import { explainFailure, type Program } from '../../launch/index.js'
import type { MonitorClient } from '../../launch/monitor.js'
import { operationName } from '../../launch/program.js'
import type { RuntimeSpec } from '../../oci/index.js'
import type { Store } from '../../store/index.js'
import { resolveRootfs } from '../../image/index.js'
import { type ContainerRecord, readRecord, requireRecord } from '../disk/record.js'
import { RunDirectory } from '../disk/run-directory.js'
import { currentState, hasMonitor, readState } from '../disk/state.js'
import { launch, type Subject, subjectOf } from '../launch.js'
import { parseContainerSpec } from '../options.js'
import { recoverContainer, setRestarter } from '../recover.js'
import { changing } from './change.js'
import { forgetLink, isAlready, isGone, keepLink, linkTo, refusal } from './link.js'
import { monitorGone } from './wait.js'

/** What was compiled for a monitor that this process started; for the words of a failure, and for exec. */
const compiled = new WeakMap<MonitorClient, { program: Program; runtime: RuntimeSpec }>()

export function runtimeOf(client: MonitorClient): RuntimeSpec | undefined {
  return compiled.get(client)?.runtime
}

/** Resolves when the program of the container has been executed. A container that runs is left as it is. */
export function startContainer(store: Store, id: string, options: { signal?: AbortSignal; restartCount?: number } = {}): Promise<void> {
  return changing(store, id, (record) => startLocked(store, record, options), options.signal)
}

async function startLocked(store: Store, record: ContainerRecord, options: { signal?: AbortSignal; restartCount?: number }): Promise<void> {
  const { id } = record
  for (;;) {
    options.signal?.throwIfAborted()
    // One that removes itself does so without the lock.
    requireRecord(store, id)
    const state = currentState(store, id)
    if (state.stale) await recoverContainer(store, id)
    else if (state.status === 'running') return
    else if (state.status === 'paused') {
      throw new GantryError('ERR_CONTAINER_STATE', `Cannot start container ${record.name || id.slice(0, 12)}: it is paused`, { id, hint: 'unpause() lets it go on' })
    }
    const present = linkTo(store, id)
    const client = present ?? (await spawnFor(store, record, options))
    if (!client) continue
    const reply = await client.request('start', {}).catch((error: unknown) => {
      // It ended between our look and our word, as after a stop.
      if (error instanceof GantryError && error.code === 'ERR_MONITOR' && present) return forgetLink(store, id)
      throw error
    })
    if (reply?.name === 'started') return written(store, record)
    if (reply?.name === 'failed') {
      await monitorGone(store, id)
      throw launchError(client, record, reply.fields)
    }
    if (reply?.name === 'refused') {
      if (isAlready(reply.fields.errno)) return
      if (!isGone(reply.fields.errno)) throw refusal(id, 'start', reply.fields.errno)
    }
    // The last life is being cleared away. The pause lets the loop hear of it.
    await pause(1)
    await monitorGone(store, id, options.signal)
  }
}

/** The monitor of a container that removes itself says that it has started before it writes it down; who looks next is to see it. */
async function written(store: Store, record: ContainerRecord): Promise<void> {
  while (record.autoRemove && readState(store, record.id).status === 'created' && hasMonitor(store, record.id)) await pause(1)
}

/** undefined: somebody has the run directory, ask again. */
async function spawnFor(store: Store, record: ContainerRecord, options: { restartCount?: number }): Promise<MonitorClient | undefined> {
  const run = RunDirectory.claim(store, record.id)
  if (!run) {
    await pause(2)
    return undefined
  }
  if (readRecord(store, record.id)) return spawn(store, record, run, options)
  run.release()
  return undefined
}

function spawn(store: Store, record: ContainerRecord, run: RunDirectory, options: { restartCount?: number }): MonitorClient {
  try {
    const { client, program, runtime } = launch(store, readSubject(store, record), run, options)
    keepLink(store, record.id, client)
    compiled.set(client, { program, runtime })
    return client
  } catch (error) {
    run.release()
    throw error
  }
}

/** Everything that a start needs, from the record. The image is the one that it was made from, whatever its name means today. */
export function readSubject(store: Store, record: ContainerRecord): Subject {
  const spec = parseContainerSpec(record.spec)
  const isHost = record.image === 'host' || record.image === 'host:latest'
  return subjectOf(store, record, spec, resolveRootfs(store, isHost ? record.image : record.imageId))
}

/** A container with a monitor that has not been told to start, so that it can be attached to before. */
export function prepareMonitor(store: Store, id: string): Promise<void> {
  return changing(store, id, async (record) => {
    for (;;) {
      if (linkTo(store, id)) return
      const run = RunDirectory.claim(store, id)
      if (run) {
        // It answers once it has read its settings, and then others can reach it, too.
        await spawn(store, record, run, {}).request('query', {})
        return
      }
      await pause(2)
    }
  })
}

export function launchError(client: MonitorClient, record: ContainerRecord, fields: { section: number; index: number; operation: number; errno: number }): GantryError {
  const program = compiled.get(client)?.program
  if (program) return explainFailure(program, fields, record.id)
  return new GantryError('ERR_LAUNCH', `Container ${record.name || record.id.slice(0, 12)} could not be started: ${operationName(fields.operation)} failed (errno ${fields.errno})`, {
    id: record.id,
    errno: fields.errno,
  })
}

setRestarter((store, record, restartCount) => startContainer(store, record.id, { restartCount }))
