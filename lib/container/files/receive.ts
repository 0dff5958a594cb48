import { componentsOf, joinPath } from '../../image/layer/path.js'
import { TreeWriter } from '../../image/layer/tree-writer.js'
import { defaultLimits, type TarEntry, type TarLimits, TarParser, type TarVisitor } from '../../image/tar/index.js'
import { chownAt, closeDescriptor, mkdirAt, Open, openIn, type Status, tryStatAt } from '../../native/index.js'
import { pathError, pathFault } from './failure.js'
import { isDirectory } from './path.js'
import type { Space } from './target.js'

/** Trees of users are deeper than those of images; paths are still bounded by what the kernel takes in one call. */
const limits: TarLimits = { ...defaultLimits, bytes: Number.MAX_SAFE_INTEGER, depth: 2048 }

export interface Receive {
  /** What the names of the archive are relative to; no link and no '..' leads out of it. */ directory: number
  /** For messages. */ space: Space
  path: string
  /** The owner on the disk. */ ownerOf: (entry: { uid: number; gid: number }) => { uid: number; gid: number }
  /** Called before something is made in a directory that was there. */ ownDirectory: (descriptor: number) => void
}

/** Unpacks an archive into a held directory. A directory never replaces something else, nor is it replaced. */
export async function receiveArchive(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  receive: Receive,
): Promise<void> {
  const writer = new TreeWriter(receive.directory, limits, { whiteouts: false })
  try {
    const parser = new TarParser(new Receiver(writer, receive), limits)
    for await (const chunk of chunks) parser.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    parser.finish()
    writer.finish()
  } catch (error) {
    throw pathError(receive.space, receive.path, error)
  } finally {
    writer.close()
  }
}

class Receiver implements TarVisitor {
  readonly #writer: TreeWriter
  readonly #receive: Receive
  #ready: Buffer | undefined
  #skipped = false

  constructor(writer: TreeWriter, receive: Receive) {
    this.#writer = writer
    this.#receive = receive
  }

  entry(entry: TarEntry): void {
    const components = componentsOf(entry.name, limits)
    const name = components.pop()
    // The directory itself: it keeps its own attributes.
    this.#skipped = name === undefined && entry.type === 'directory'
    if (this.#skipped || name === undefined) return
    const above = joinPath(components)
    if (this.#ready === undefined || !above.equals(this.#ready)) {
      this.#prepare(components)
      this.#ready = above
    }
    this.#refuseOtherKind(above, name, entry)
    this.#writer.entry({ ...entry, ...this.#receive.ownerOf(entry) })
  }

  data(chunk: Buffer, offset: number): void {
    if (!this.#skipped) this.#writer.data(chunk, offset)
  }

  end(): void {
    if (!this.#skipped) this.#writer.end()
  }

  /** Makes the directories that the archive does not mention, as root's, and owns those that are there. */
  #prepare(components: readonly Buffer[]): void {
    const { directory, ownerOf, ownDirectory } = this.#receive
    let at = openIn(directory, '.', Open.PATH | Open.DIRECTORY)
    try {
      for (let depth = 1; depth <= components.length; depth++) {
        const path = joinPath(components.slice(0, depth))
        const existing = tryDirectory(directory, path)
        if (existing < 0) {
          const name = components[depth - 1]!
          mkdirAt(at, name, 0o755)
          const { uid, gid } = ownerOf({ uid: 0, gid: 0 })
          chownAt(at, name, uid, gid)
        }
        closeDescriptor(at)
        at = existing < 0 ? openIn(directory, path, Open.PATH | Open.DIRECTORY) : existing
      }
      ownDirectory(at)
    } finally {
      closeDescriptor(at)
    }
  }

  #refuseOtherKind(above: Buffer, name: Buffer, entry: TarEntry): void {
    const parent =
      above.length === 0 ? this.#receive.directory : openIn(this.#receive.directory, above, Open.PATH | Open.DIRECTORY)
    let there: Status | null
    try {
      there = tryStatAt(parent, name)
    } finally {
      if (parent !== this.#receive.directory) closeDescriptor(parent)
    }
    if (there === null || isDirectory(there) === (entry.type === 'directory')) return
    const kinds = isDirectory(there) ? ['directory', 'non-directory'] : ['non-directory', 'directory']
    throw pathFault(
      this.#receive.space,
      this.#receive.path,
      `cannot overwrite ${kinds[0]} ${JSON.stringify(entry.name.toString())} with ${kinds[1]}`,
    )
  }
}

function tryDirectory(directory: number, path: Buffer): number {
  try {
    return openIn(directory, path, Open.PATH | Open.DIRECTORY)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return -1
    throw error
  }
}
