/** Takes a container off the disk for good. The order makes it safe to die at any point: what is left over is an unfinished container, which recovery erases. */
import { readdirSync, rmSync, unlinkSync } from 'node:fs'
import { ioError, removeTree, type Store, systemCode } from '../../store/index.js'
import { forgetChange } from './intent.js'
import { recordPath, type ContainerRecord } from './record.js'
import { removeCgroups } from './remnants.js'
import type { RunDirectory } from './run-directory.js'

/**
 * The caller holds the run directory, which is released. Without a record (half made, half removed) everything that points to the id is
 * looked for.
 */
export async function erase(store: Store, id: string, run: RunDirectory, record: ContainerRecord | undefined): Promise<void> {
  await removeCgroups(id)
  // From here on the container does not exist.
  unlinkIfThere(recordPath(store, id))
  forgetChange(store, id)
  if (record?.name) store.names.release('containers', record.name, id)
  else if (!record) releaseClaimsOf(store, id)
  if (record?.idSlot !== undefined) store.ids.release(store.ids.at(record.idSlot), id)
  const directory = store.containerDirectory(id)
  await removeTree(directory)
  run.release()
}

/** For what was made a moment ago and never ran: nothing of the image can have written there. */
export function undoCreation(store: Store, id: string, run: RunDirectory, claimed: { name?: string; idSlot?: number }): void {
  unlinkIfThere(recordPath(store, id))
  if (claimed.name) store.names.release('containers', claimed.name, id)
  if (claimed.idSlot !== undefined) store.ids.release(store.ids.at(claimed.idSlot), id)
  try {
    rmSync(store.containerDirectory(id), { recursive: true, force: true })
  } catch {
    // Without a descriptor to look into it, say. The run directory stays, and who opens the engine next erases both.
    return run.handOver()
  }
  run.release()
}

function releaseClaimsOf(store: Store, id: string): void {
  for (const slot of readdirSync(`${store.root}/ids`)) store.ids.release({ path: `${store.root}/ids/${slot}` }, id)
  for (const [name, holder] of store.names.list('containers')) if (holder === id) store.names.release('containers', name, id)
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw ioError(`Cannot delete ${path}`, error, { path })
  }
}
