/**
 * Finishes or undoes what a crash left half done. A settled container has no run directory, so there is nothing to do when there are no
 * run directories but locked ones; only after a boot, which took all of them, every container is looked at.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { isId, nowNs, type Store } from '../store/index.js'
import { erase } from './disk/erase.js'
import { announce } from './disk/journal.js'
import { removeTemporaries, settleChanges } from './disk/intent.js'
import { type ContainerRecord, readRecord } from './disk/record.js'
import { removeCgroups } from './disk/remnants.js'
import { RunDirectory } from './disk/run-directory.js'
import { type ContainerState, isLive, readState, unknownExitCode, writeState } from './disk/state.js'

/** Starts a container again; given by the lifecycle, which imports this file. */
export type Restarter = (store: Store, record: ContainerRecord, restartCount: number) => Promise<void>

let restarter: Restarter | undefined
export function setRestarter(restart: Restarter): void {
  restarter = restart
}

const recoveries = new WeakMap<Store, Promise<void>>()

/** Once for a store in a process. What went wrong with one container does not keep the others, or the caller, from working. */
export function recovered(store: Store): Promise<void> {
  let recovery = recoveries.get(store)
  if (!recovery) {
    recovery = recover(store).then(() => {})
    recoveries.set(store, recovery)
    // What kept it from being done may be over the next time.
    recovery.catch(() => recoveries.delete(store))
  }
  return recovery
}

/** Resolves when no recovery is under way that recovered() has begun. */
export async function recoveryOf(store: Store): Promise<void> {
  await recoveries.get(store)?.catch(() => {})
}

/** Looks at all containers of the store now. Returns the ids of those that were found dead. */
export async function recover(store: Store): Promise<string[]> {
  const marker = `${store.runRoot}/recovered`
  const firstSinceBoot = !existsSync(marker)
  const candidates = new Set(readdirSync(`${store.runRoot}/containers`).filter(isId))
  if (firstSinceBoot) for (const id of store.containerIds()) candidates.add(id)
  const found: string[] = []
  for (const id of candidates) {
    try {
      if (await recoverContainer(store, id)) found.push(id)
    } catch (error) {
      process.emitWarning(`Gantry could not clean up after container ${id.slice(0, 12)}: ${(error as Error).message}`, 'GantryWarning')
    }
  }
  settleChanges(store, firstSinceBoot)
  if (firstSinceBoot) writeFileSync(marker, '')
  return found
}

/** True when the container's monitor, or whoever changed it, had died. */
export async function recoverContainer(store: Store, id: string): Promise<boolean> {
  if (!existsSync(store.containerDirectory(id)) && !existsSync(store.runDirectory(id))) return false
  if (isSettled(store, id)) return false
  const run = RunDirectory.claim(store, id)
  if (!run) return false
  try {
    return await settle(store, id, run)
  } finally {
    run.release()
  }
}

/** Looked at before the run directory is made, so that looking at healthy containers changes nothing. */
function isSettled(store: Store, id: string): boolean {
  if (existsSync(store.runDirectory(id))) return false
  return readRecord(store, id) !== undefined && !isLive(readState(store, id).status)
}

async function settle(store: Store, id: string, run: RunDirectory): Promise<boolean> {
  const record = readRecord(store, id)
  if (!record) {
    await erase(store, id, run, undefined)
    return true
  }
  await removeCgroups(id)
  removeTemporaries(store.containerDirectory(id))
  const state = readState(store, id)
  const died = isLive(state.status)
  const ended: ContainerState = died
    ? { ...state, status: 'exited', pid: 0, exitCode: unknownExitCode, signal: 0, finishedAtNs: String(nowNs()), health: state.health }
    : state
  if (died) {
    writeState(store, id, ended)
    announce(store, record, 'die', { exitCode: String(unknownExitCode) })
  }
  if (record.autoRemove && (died || state.status === 'exited' || record.lifetime === 'process')) {
    await erase(store, id, run, record)
    announce(store, record, 'destroy')
    return true
  }
  run.release()
  // A boot ended everything; what should run again is for `gantry system restore` to say.
  if (died && state.bootId === store.bootId && wantsRestart(record, state)) await restarter?.(store, record, state.restartCount + 1)
  return died
}

/** Docker's rule for an end with an unknown code, which counts as a failure. */
function wantsRestart(record: ContainerRecord, state: ContainerState): boolean {
  if (state.stoppedByUser) return false
  const { policy, maximum } = record.restart
  if (policy === 'always' || policy === 'unless-stopped') return true
  return policy === 'on-failure' && (maximum === 0 || state.restartCount < maximum)
}

/** Which containers are to run after a boot: `always` ones that ever ran, and `unless-stopped` ones that the user did not stop. */
export function wantsRestore(record: ContainerRecord, state: ContainerState): boolean {
  if (state.status === 'created' || isLive(state.status)) return false
  const { policy } = record.restart
  return policy === 'always' || (policy === 'unless-stopped' && !state.stoppedByUser)
}

/** Directories that all containers of a store share. */
const prepared = new WeakSet<Store>()
export function prepareSharedDirectories(store: Store): void {
  if (prepared.has(store)) return
  const empty = `${store.runRoot}/shared/empty`
  mkdirSync(empty, { recursive: true, mode: 0o755 })
  prepared.add(store)
}
