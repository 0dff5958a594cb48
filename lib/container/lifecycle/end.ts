/** Ways to end a container: stop, kill, restart, remove. */
import { setTimeout as pause } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import { signalNumber } from '../../oci/index.js'
import type { Store } from '../../store/index.js'
import { erase } from '../disk/erase.js'
import { announce } from '../disk/journal.js'
import { type ContainerRecord, readRecord } from '../disk/record.js'
import { RunDirectory } from '../disk/run-directory.js'
import { currentState, hasMonitor, isLive } from '../disk/state.js'
import { recoverContainer } from '../recover.js'
import { changing } from './change.js'
import { ask, isGone, linkTo, refusal } from './link.js'
import { launchError, startContainer } from './start.js'
import { nextOf } from './wait.js'

export interface EndOptions {
  /** The POSIX signal to send first; default: the container's stop signal. */ killSignal?: string
  /** Milliseconds before SIGKILL; 0: at once; Infinity: never; default: the container's. */ graceMs?: number
  signal?: AbortSignal
}

const SIGKILL = 9

/** Resolves when it has exited; at once when it does not run. */
export async function stopContainer(store: Store, record: ContainerRecord, options: EndOptions = {}): Promise<void> {
  const { id } = record
  const before = currentState(store, id)
  if (before.stale) await recoverContainer(store, id)
  if (!isLive(before.status) || !(await requestStop(store, id, options, false))) return
  announce(store, record, 'stop')
}

/** Stops it when it runs, and starts it. */
export async function restartContainer(store: Store, record: ContainerRecord, options: EndOptions = {}): Promise<void> {
  const { id } = record
  const link = linkTo(store, id)
  if (link && isLive(currentState(store, id).status)) {
    const next = nextOf(link, (message) => message.name === 'started' || message.name === 'failed' || message.name === 'gone', options.signal)
    try {
      if (await requestStop(store, id, options, true)) {
        const message = await next.promise
        if (message?.name === 'started') return
        if (message?.name === 'failed') throw launchError(link, record, message.fields)
      }
    } finally {
      next.forget()
    }
  }
  await startContainer(store, id, { signal: options.signal })
}

/** False when it had ended already. */
async function requestStop(store: Store, id: string, options: EndOptions, restart: boolean): Promise<boolean> {
  const link = linkTo(store, id)
  if (!link) return false
  const signal = options.killSignal === undefined ? 0 : signalNumber(options.killSignal)
  // -1: the container's own grace.
  const graceMs = options.graceMs === undefined ? -1 : Math.min(options.graceMs, Number.MAX_SAFE_INTEGER)
  try {
    const reply = await link.request('stop', { signal, graceMs, restart: restart ? 1 : 0 }, { signal: options.signal })
    if (reply.name !== 'refused') return true
    if (isGone(reply.fields.errno)) return false
    throw refusal(id, 'stop', reply.fields.errno)
  } catch (error) {
    // The monitor ended on its own while it was asked, or it was killed: what there is to say is on the disk.
    if (error instanceof GantryError && error.code === 'ERR_MONITOR' && !hasMonitor(store, id)) {
      await recoverContainer(store, id)
      return true
    }
    throw error
  }
}

/** Sends a signal to the first process. */
export async function killContainer(store: Store, record: ContainerRecord, signal: string | number = 'SIGKILL'): Promise<void> {
  const { id } = record
  const number = signalNumber(signal)
  const link = isLive(currentState(store, id).status) ? linkTo(store, id) : undefined
  if (!link) throw notRunning(record, 'kill')
  await ask(link, id, 'kill', 'signal', { signal: number, all: 0 })
  announce(store, record, 'kill', { signal: String(number) })
}

export function pauseContainer(store: Store, record: ContainerRecord): Promise<void> {
  return freeze(store, record, 'pause')
}

export function unpauseContainer(store: Store, record: ContainerRecord): Promise<void> {
  return freeze(store, record, 'unpause')
}

async function freeze(store: Store, record: ContainerRecord, doing: 'pause' | 'unpause'): Promise<void> {
  const { id } = record
  const wanted = doing === 'pause' ? 'running' : 'paused'
  const state = currentState(store, id)
  const link = state.status === wanted ? linkTo(store, id) : undefined
  if (!link) {
    const name = record.name || id.slice(0, 12)
    const hint = state.status === 'paused' ? 'it is paused already' : doing === 'pause' ? 'only a running container can be paused' : 'only a paused container can be unpaused'
    throw new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: it is ${state.status}`, { id, hint })
  }
  await ask(link, id, doing, doing === 'pause' ? 'pause' : 'resume', {})
  announce(store, record, doing)
}

export interface RemoveOptions {
  /** Kill it first when it runs. */ force?: boolean
  signal?: AbortSignal
}

/** Resolves when nothing of it is left. */
export async function removeContainer(store: Store, id: string, options: RemoveOptions = {}): Promise<void> {
  await changing(
    store,
    id,
    async (record) => {
      for (;;) {
        const state = currentState(store, id)
        if (isLive(state.status) && options.force !== true) {
          const hint = state.status === 'paused' ? 'unpause() and stop() it first, or remove({ force: true })' : 'stop() it first, or remove({ force: true })'
          throw new GantryError('ERR_CONTAINER_STATE', `Cannot remove container ${record.name || id.slice(0, 12)}: it is ${state.status}`, { id, hint })
        }
        // A monitor that was never told to start ends by the same word.
        if (isLive(state.status) || state.status === 'created') await requestStop(store, id, { killSignal: 'SIGKILL', graceMs: 0 }, false)
        // A restart that somebody asked for at the same moment makes it run again, and then it is stopped again.
        while (hasMonitor(store, id) && !isRunning(store, id)) await pause(2, undefined, { signal: options.signal })
        const run = RunDirectory.claim(store, id)
        if (!run) continue
        try {
          // With autoRemove the monitor may have done it all.
          const left = readRecord(store, id)
          await erase(store, id, run, left ?? record)
          if (left) announce(store, record, 'destroy')
        } finally {
          run.release()
        }
        return
      }
    },
    options.signal,
  )
}

function isRunning(store: Store, id: string): boolean {
  const { status } = currentState(store, id)
  return status === 'running' || status === 'paused'
}

export function notRunning(record: ContainerRecord, doing: string): GantryError {
  const name = record.name || record.id.slice(0, 12)
  return new GantryError('ERR_CONTAINER_STATE', `Cannot ${doing} container ${name}: it does not run`, { id: record.id, hint: 'start() it first' })
}
