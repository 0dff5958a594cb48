import { GantryError } from '../../errors/index.js'
import { encodeHeader, endOfArchive, padding } from '../../image/tar/index.js'
import { chownAt, closeDescriptor, Open, openIn, Resolve, statAt } from '../../native/index.js'
import { hostSpace } from './copy-from.js'
import { checkAborted, explained, pathError } from './failure.js'
import { holdDestination, holdSource, isDirectory } from './path.js'
import { type Receive, receiveArchive } from './receive.js'
import { sendArchive } from './send.js'
import { type ContainerRoot, type FilesTarget, openContainerRoot } from './target.js'

/** What is copied into a container. */
export type CopySource =
  /** A file or directory of the host. */
  | { path: string }
  /** A tar stream, unpacked into the directory; owners are those of its members. */
  | { tar: AsyncIterable<Uint8Array> }
  /** The bytes of one file. Mode 0644 and root's unless told otherwise; the time is now. */
  | { content: string | Uint8Array; mode?: number; uid?: number; gid?: number; mtime?: Date }

export interface CopyToOptions {
  /** Copy what a link at the end of the host's path leads to. Default false. */ followLink?: boolean
  /** Keep the owners of the host's files, by number. Default false: they are the container's root's. */ archive?: boolean
  signal?: AbortSignal
}

/** Copies into a container, with the rules of `docker cp`: `path` is a directory to copy into, or the new name of the copy. */
export async function copyTo(
  target: FilesTarget,
  path: string,
  source: CopySource,
  options: CopyToOptions = {},
): Promise<void> {
  if ('path' in source) return copyPath(target, path, source.path, options)
  checkAborted(options.signal)
  using root = openContainerRoot(target, true)
  if ('tar' in source) {
    using destination = holdDestination(root, path, true)
    if (destination.rename !== undefined)
      throw new GantryError('ERR_PATH_NOT_FOUND', `no such directory: ${root.describe(path)}`, { path })
    await receiveArchive(
      aborting(source.tar, options.signal),
      receiver(root, path, destination.directory, (ids) => ids),
    )
    return
  }
  using destination = holdDestination(root, path, false)
  if (destination.rename === undefined)
    throw new GantryError('ERR_PATH', `${root.describe(path)} is a directory`, {
      path,
      hint: 'name the file that is to be written',
    })
  await receiveArchive(
    [oneFile(destination.rename, source)],
    receiver(root, path, destination.directory, (ids) => ids),
  )
}

async function copyPath(target: FilesTarget, path: string, hostPath: string, options: CopyToOptions): Promise<void> {
  using source = holdSource(hostSpace, hostPath, options.followLink ?? false)
  using root = openContainerRoot(target, true)
  using destination = holdDestination(root, path, isDirectory(source.status))
  const archive = explained(
    hostSpace,
    hostPath,
    sendArchive(source, destination.rename ?? source.name, options.signal ? { signal: options.signal } : {}),
  )
  await receiveArchive(
    archive,
    receiver(root, path, destination.directory, options.archive ? (ids) => ids : () => ({ uid: 0, gid: 0 })),
  )
}

type Owner = { uid: number; gid: number }

function receiver(root: ContainerRoot, path: string, directory: number, ownerOf: (entry: Owner) => Owner): Receive {
  if (root.claims) {
    try {
      claim(root, directory)
    } catch (error) {
      throw pathError(root, path, error)
    }
  }
  return {
    directory,
    space: root,
    path,
    ownerOf: (entry) => {
      const { uid, gid } = ownerOf(entry)
      return { uid: root.ids.toDisk(uid), gid: root.ids.toDisk(gid) }
    },
    ownDirectory: root.claims ? (descriptor) => claim(root, descriptor) : () => {},
  }
}

/**
 * Gives a directory of an image's layer, and those above it, the ids that it has for the container, before something is made
 * in it: the copy of it in the writable layer is not id-mapped, as the layers are.
 */
function claim(root: ContainerRoot, directory: number): void {
  const top = statAt(root.descriptor, '')
  let at = openIn(directory, '.', Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS)
  try {
    for (;;) {
      const { uid, gid, dev, ino } = statAt(at, '')
      if (!root.ids.owns(uid) || !root.ids.owns(gid)) chownAt(at, '', root.ids.toDisk(uid), root.ids.toDisk(gid))
      if (dev === top.dev && ino === top.ino) return
      const above = openIn(at, '..', Open.PATH | Open.DIRECTORY, 0, Resolve.NO_SYMLINKS)
      closeDescriptor(at)
      at = above
    }
  } finally {
    closeDescriptor(at)
  }
}

function oneFile(name: Buffer, source: Extract<CopySource, { content: unknown }>): Buffer {
  const { content, mode = 0o644, uid = 0, gid = 0, mtime = new Date() } = source
  const bytes = Buffer.from(content as string)
  const header = encodeHeader({
    name,
    type: 'file',
    linkName: Buffer.alloc(0),
    size: bytes.length,
    mode,
    uid,
    gid,
    mtimeNs: BigInt(mtime.getTime()) * 1_000_000n,
    major: 0,
    minor: 0,
    xattrs: new Map(),
  })
  return Buffer.concat([header, bytes, padding(bytes.length), endOfArchive])
}

async function* aborting(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    checkAborted(signal)
    yield chunk
  }
}
