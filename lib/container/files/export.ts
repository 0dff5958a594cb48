import { Readable } from 'node:stream'
import { Packer } from '../../image/archive/index.js'
import { endOfArchive } from '../../image/tar/index.js'
import { type IdRange, IdShift } from './ids.js'
import { type SendOptions, sendBelow } from './send.js'
import { type FilesTarget, openContainerRoot } from './target.js'

/**
 * The whole root of a stopped container as a tar stream, without what is mounted in it: docker's `export`. Read only as fast
 * as it is consumed; the order is that of the names' bytes.
 */
export function exportTree(target: FilesTarget, options: SendOptions = {}): Readable {
  return Readable.from(exportArchive({ ...target, pid: 0 }, options), { objectMode: false })
}

/** The same of a running container, from the descriptor of its root mount alone that its monitor gives (`rootDescriptor`). Closed afterwards. */
export function exportMount(
  descriptor: number,
  close: () => void,
  idRange: IdRange | undefined,
  options: SendOptions = {},
): Readable {
  return Readable.from(archiveOf(descriptor, close, new IdShift(idRange), options), { objectMode: false })
}

async function* exportArchive(target: FilesTarget, options: SendOptions): AsyncGenerator<Buffer, void, undefined> {
  const root = openContainerRoot(target, false)
  yield* archiveOf(root.descriptor, () => root[Symbol.dispose](), root.ids, options)
}

async function* archiveOf(
  root: number,
  close: () => void,
  ids: IdShift,
  options: SendOptions,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    const packer = new Packer({ uidOf: ids.toContainer, gidOf: ids.toContainer, ...options })
    yield* sendBelow(root, packer, Buffer.alloc(0), { crossMounts: false, ...options })
    packer.push(endOfArchive)
    yield packer.take()
  } finally {
    close()
  }
}
