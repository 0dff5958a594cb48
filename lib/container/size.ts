/** How much a container has written. */
import { constants } from 'node:fs'
import { currentDirectory, closeDescriptor, EntryType, openIn, readDirectory, Resolve, statAt } from '../native/index.js'
import { type Store, systemCode } from '../store/index.js'

const deepest = 200

/** Bytes of the regular files in the writable layer, as `docker ps --size` counts them; what vanishes meanwhile does not count. */
export function layerSize(store: Store, id: string): number {
  return treeSize(currentDirectory, Buffer.from(`${store.containerDirectory(id)}/upper`), 0, new Set())
}

function treeSize(parent: number, name: Buffer, depth: number, seen: Set<bigint>): number {
  let directory: number
  try {
    directory = openIn(parent, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW, 0, depth === 0 ? 0 : Resolve.NO_XDEV)
  } catch (error) {
    if (systemCode(error)) return 0
    throw error
  }
  let bytes = 0
  try {
    for (const entry of readDirectory(directory)) {
      if (entry.type === EntryType.DIRECTORY) {
        if (depth < deepest) bytes += treeSize(directory, entry.name, depth + 1, seen)
      } else if (entry.type === EntryType.FILE) bytes += fileSize(directory, entry.name, seen)
    }
  } catch (error) {
    // The directory was removed while it was read: the kernel says ENOENT for an open one, too.
    if (!systemCode(error)) throw error
  } finally {
    closeDescriptor(directory)
  }
  return bytes
}

function fileSize(directory: number, name: Buffer, seen: Set<bigint>): number {
  try {
    const { ino, nlink, size } = statAt(directory, name)
    if (nlink > 1) {
      if (seen.has(BigInt(ino))) return 0
      seen.add(BigInt(ino))
    }
    return Number(size)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw error
  }
}
