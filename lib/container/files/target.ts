import { closeSync, constants, openSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { mountOverlay, Resolve } from '../../native/index.js'
import { type IdRange, IdShift } from './ids.js'

/** A container, as far as its files go. */
export interface FilesTarget {
  id: string
  /** For messages. */ name: string
  /** The first process while it runs or is paused, else 0. */ pid: number
  /** Directories of the image, top first. */ layers: readonly string[]
  upper: string
  work: string
  /** Of a container with a user namespace of its own. */ idRange?: IdRange | undefined
}

/** A directory that is the root for every path and link that is looked up in it. */
export interface Space {
  descriptor: number
  /** Bits of openat2's `resolve` for each look-up. */ resolve: number
  /** A path in it, for messages. */ describe: (path: string) => string
}

export interface ContainerRoot extends Space, Disposable {
  ids: IdShift
  /** Files of lower layers have unshifted ids here: a directory is to be given its shifted ones before something is made in it. */
  claims: boolean
}

/**
 * The root of a container's files: of a running one its own, with all that is mounted there; of a stopped one an overlay that
 * is mounted for the time of the look. `write` says whether files will be changed.
 */
export function openContainerRoot(target: FilesTarget, write: boolean): ContainerRoot {
  const descriptor = target.pid > 0 ? openLive(target) : openStopped(target, write)
  const ids = new IdShift(target.idRange)
  return {
    descriptor,
    resolve: Resolve.IN_ROOT | Resolve.NO_MAGICLINKS,
    describe: (path) => `${target.name}:${path}`,
    ids,
    claims: target.pid <= 0 && ids.shifts,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

function openLive(target: FilesTarget): number {
  try {
    return openSync(`/proc/${target.pid}/root`, constants.O_DIRECTORY | 0x200000)
  } catch (cause) {
    throw new GantryError(
      'ERR_CONTAINER_STATE',
      `the container ${target.name} ended while its files were being opened`,
      { id: target.id, cause },
    )
  }
}

function openStopped({ layers, upper, work, name, id }: FilesTarget, write: boolean): number {
  try {
    return write
      ? mountOverlay({ lowers: layers, upper, work })
      : mountOverlay({ lowers: [upper, ...layers], readOnly: true })
  } catch (cause) {
    const { errno, syscall } = cause as { errno?: number; syscall?: string }
    throw new GantryError(
      'ERR_MOUNT',
      `the files of the container ${name} cannot be mounted: ${(cause as Error).message}`,
      { id, errno, syscall, cause },
    )
  }
}
