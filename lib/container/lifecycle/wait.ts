/** Waits for what becomes of a container. */
import { existsSync, watch } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import type { MonitorClient, MonitorMessage } from '../../launch/monitor.js'
import type { Store } from '../../store/index.js'
import { requireRecord } from '../disk/record.js'
import { currentState, hasMonitor, isLive, readState, unknownExitCode } from '../disk/state.js'
import { recoverContainer } from '../recover.js'
import { hold, linkTo } from './link.js'
import { whenAborted } from './waiting.js'

export const waitConditions = ['not-running', 'next-exit', 'removed', 'healthy', 'unhealthy'] as const
export type WaitCondition = (typeof waitConditions)[number]

export interface WaitResult {
  /** null: unknown, because the monitor died or the container was removed without having run; also for 'healthy' and 'unhealthy'. */
  exitCode: number | null
}

/** Resolves when the condition holds; rejects with the signal's reason. */
export async function waitFor(store: Store, id: string, condition: WaitCondition, signal?: AbortSignal): Promise<WaitResult> {
  switch (condition) {
    case 'not-running':
      return untilNotRunning(store, id, signal)
    case 'next-exit':
      return untilNextExit(store, id, signal)
    case 'removed':
      return untilRemoved(store, id, signal)
    case 'healthy':
    case 'unhealthy':
      await untilHealth(store, id, condition, signal)
      return { exitCode: null }
  }
}

/** The exit code that is on the disk. */
function recordedCode(store: Store, id: string): number | null {
  const { exitCode } = readState(store, id)
  return exitCode === unknownExitCode ? null : exitCode
}

async function untilNotRunning(store: Store, id: string, signal?: AbortSignal): Promise<WaitResult> {
  for (;;) {
    signal?.throwIfAborted()
    const link = linkTo(store, id)
    const ended = link && nextOf(link, (message) => (message.name === 'exited' && !message.fields.willRestart) || message.name === 'failed', signal)
    try {
      // Only now: what happened before the listener was there is on the disk.
      const state = currentState(store, id)
      if (state.stale) {
        await recoverContainer(store, id)
        return { exitCode: recordedCode(store, id) }
      }
      if (!isLive(state.status)) return { exitCode: state.exitCode === unknownExitCode ? null : state.exitCode }
      if (!ended) {
        // It says that it lives, and there is no monitor to be reached: it is starting or ending right now.
        await pause(2, undefined, { signal })
        continue
      }
      const message = await ended.promise
      if (message?.name === 'exited') {
        await settled(store, id)
        return { exitCode: message.fields.exitCode }
      }
    } finally {
      ended?.forget()
    }
  }
}

async function untilNextExit(store: Store, id: string, signal?: AbortSignal): Promise<WaitResult> {
  const link = linkTo(store, id)
  if (link) {
    const ended = nextOf(link, (message) => message.name === 'exited' || message.name === 'failed', signal)
    try {
      const message = await ended.promise
      if (message?.name === 'exited') {
        if (!message.fields.willRestart) await settled(store, id)
        return { exitCode: message.fields.exitCode }
      }
      // The monitor died, or the launch failed: what there is to know is on the disk.
      await recoverContainer(store, id)
      return { exitCode: recordedCode(store, id) }
    } finally {
      ended.forget()
    }
  }
  for await (const event of store.journal.follow({ filters: { container: id, event: 'die' }, signal })) {
    const code = Number(event.attributes.exitCode)
    return { exitCode: code === unknownExitCode || Number.isNaN(code) ? null : code }
  }
  signal?.throwIfAborted()
  return { exitCode: null }
}

async function untilRemoved(store: Store, id: string, signal?: AbortSignal): Promise<WaitResult> {
  const ended = isLive(currentState(store, id).status) || hasMonitor(store, id) ? untilNextOrLast(store, id, signal) : Promise.resolve({ exitCode: recordedCode(store, id) })
  ended.catch(() => {})
  await directoryGone(store.containerDirectory(id), signal)
  return Promise.race([ended, pause(1000, { exitCode: null }, { ref: false })])
}

/** The code of the last exit before the monitor ends. */
async function untilNextOrLast(store: Store, id: string, signal?: AbortSignal): Promise<WaitResult> {
  const link = linkTo(store, id)
  if (!link) return { exitCode: recordedCode(store, id) }
  let exitCode: number | null = null
  const end = nextOf(
    link,
    (message) => {
      if (message.name === 'exited') exitCode = message.fields.exitCode
      return message.name === 'gone' || (message.name === 'exited' && !message.fields.willRestart)
    },
    signal,
  )
  try {
    await end.promise
    return { exitCode }
  } finally {
    end.forget()
  }
}

/** What a monitor's news calls them. */
const healthNumbers = { healthy: 2, unhealthy: 3 }

/** Rejects when the container does not run, or ends: no check says anything of it then. */
async function untilHealth(store: Store, id: string, wanted: 'healthy' | 'unhealthy', signal?: AbortSignal): Promise<void> {
  const name = id.slice(0, 12)
  for (;;) {
    signal?.throwIfAborted()
    const { hasHealth } = requireRecord(store, id)
    if (!hasHealth) throw new GantryError('ERR_CONTAINER_STATE', `Container ${name} never becomes ${wanted}: it has no health check`, { id, hint: 'make it with a healthcheck' })
    const link = linkTo(store, id)
    const next = link && nextOf(link, (message) => message.name === 'health' || message.name === 'exited', signal)
    try {
      // Between two runs the disk still has what was last said of the one before.
      const { status, health, stale } = currentState(store, id)
      if ((status === 'running' || status === 'paused') && health?.status === wanted) return
      if (stale) await recoverContainer(store, id)
      if (!isLive(status)) throw new GantryError('ERR_CONTAINER_STATE', `Container ${name} does not become ${wanted}: it is ${status}`, { id, hint: 'start() it first' })
      const message = await Promise.race([next?.promise ?? pause(50, undefined, { signal }), pause(1000, undefined, { signal })])
      // It may be killed for being unhealthy: by the next look it does not run.
      if (message?.name === 'health' && message.fields.status === healthNumbers[wanted]) return
    } finally {
      next?.forget()
    }
  }
}

/** The next news that fits; undefined when the connection ends first. Keeps Node alive until it is forgotten. */
export function nextOf(
  link: MonitorClient,
  fits: (message: MonitorMessage) => boolean,
  signal?: AbortSignal,
): { promise: Promise<MonitorMessage | undefined>; forget: () => void } {
  const release = hold(link)
  const aborted = signal && whenAborted(signal)
  let stop = () => {}
  const news = new Promise<MonitorMessage | undefined>((resolve) => {
    if (link.isClosed) return resolve(undefined)
    const stopNews = link.onNews((message) => fits(message) && resolve(message))
    const stopClosed = link.onClosed(() => resolve(undefined))
    stop = () => {
      stopNews()
      stopClosed()
    }
  })
  const promise = aborted ? Promise.race([news, aborted.promise]) : news
  promise.catch(() => {})
  return {
    promise,
    forget: () => {
      stop()
      aborted?.forget()
      release()
    },
  }
}

/** The news of an exit may come a moment before state.json says it. */
async function settled(store: Store, id: string): Promise<void> {
  while (existsSync(store.containerDirectory(id)) && isLive(readState(store, id).status) && hasMonitor(store, id)) await pause(1)
}

/** Resolves when the monitor has ended and given the run directory back. */
export async function monitorGone(store: Store, id: string, signal?: AbortSignal): Promise<void> {
  for (let delay = 0; hasMonitor(store, id); delay = Math.min(delay + 1, 20)) await pause(delay, undefined, { signal })
}

/** Resolves when a directory is no more. */
export async function directoryGone(path: string, signal?: AbortSignal): Promise<void> {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  const aborted = whenAborted(signal)
  let wake = () => {}
  const watcher = watch(path.slice(0, slash), (_, file) => file === name && wake())
  watcher.on('error', () => wake())
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => (wake = resolve))
      if (!existsSync(path)) return
      const again = new AbortController()
      await Promise.race([changed, aborted.promise, pause(1000, undefined, { signal: again.signal }).catch(() => {})]).finally(() => again.abort())
    }
  } finally {
    aborted.forget()
    watcher.close()
  }
}
