import { Readable } from 'node:stream'
import { currentDirectory } from '../../native/index.js'
import { explained } from './failure.js'
import { holdDestination, holdSource, isDirectory, type Source } from './path.js'
import { receiveArchive } from './receive.js'
import { type SendOptions, sendArchive } from './send.js'
import { type FilesTarget, openContainerRoot, type Space } from './target.js'

export interface CopyFromOptions {
  /** Copy what a link at the end of the path leads to, not the link. Default false. */ followLink?: boolean
  /** Keep the owners of the container's files on the host. Default false: they are the caller's. */ archive?: boolean
  signal?: AbortSignal
}

/** The host's files, as the calling process sees them. */
export const hostSpace: Space = { descriptor: currentDirectory, resolve: 0, describe: (path) => path }

/**
 * A file or directory of a container as a tar stream, whose first member has the last name of the path ('./' when the path
 * ends with '/.'). The path is checked before this returns.
 */
export function readArchive(target: FilesTarget, path: string, options: CopyFromOptions = {}): Readable {
  const root = openContainerRoot(target, false)
  let source: Source
  try {
    source = holdSource(root, path, options.followLink ?? false)
  } catch (error) {
    root[Symbol.dispose]()
    throw error
  }
  const packing: SendOptions = {
    uidOf: root.ids.toContainer,
    gidOf: root.ids.toContainer,
    ...(options.signal && { signal: options.signal }),
  }
  const stream = Readable.from(explained(root, path, sendArchive(source, source.name, packing)), { objectMode: false })
  // Also when nobody has read from it.
  stream.once('close', () => {
    source[Symbol.dispose]()
    root[Symbol.dispose]()
  })
  return stream
}

/** Copies a file or directory of a container to the host, with the rules of `docker cp`. */
export async function copyFrom(
  target: FilesTarget,
  path: string,
  hostPath: string,
  options: CopyFromOptions = {},
): Promise<void> {
  using root = openContainerRoot(target, false)
  using source = holdSource(root, path, options.followLink ?? false)
  using destination = holdDestination(hostSpace, hostPath, isDirectory(source.status))
  const packing: SendOptions = {
    uidOf: root.ids.toContainer,
    gidOf: root.ids.toContainer,
    ...(options.signal && { signal: options.signal }),
  }
  const archive = explained(root, path, sendArchive(source, destination.rename ?? source.name, packing))
  const uid = process.geteuid?.() ?? 0
  const gid = process.getegid?.() ?? 0
  await receiveArchive(archive, {
    directory: destination.directory,
    space: hostSpace,
    path: hostPath,
    ownerOf: options.archive ? (entry) => entry : () => ({ uid, gid }),
    ownDirectory: () => {},
  })
}
