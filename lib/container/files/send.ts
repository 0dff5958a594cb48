import { Packer, type PackOptions, walkTree } from '../../image/archive/index.js'
import { endOfArchive } from '../../image/tar/index.js'
import { checkAborted } from './failure.js'
import { isDirectory, type Source } from './path.js'

const slash = Buffer.from('/')
const dot = Buffer.from('.')

export interface SendOptions extends PackOptions {
  /** Go into what is mounted below. Default true. */ crossMounts?: boolean
  /** Fires: the archive ends with its reason. */ signal?: AbortSignal
}

/** An archive of a source: the file or directory under this name, or with an empty name the contents of the directory under './'. */
export async function* sendArchive(
  source: Source,
  name: Buffer,
  options: SendOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  checkAborted(options.signal)
  const packer = new Packer(options)
  const prefix = name.length === 0 ? dot : name
  yield* packer.add(prefix, source.held, source.status)
  if (isDirectory(source.status)) yield* sendBelow(source.held, packer, Buffer.concat([prefix, slash]), options)
  packer.push(endOfArchive)
  yield packer.take()
}

/** What is below a directory, under names that begin with the prefix. */
export async function* sendBelow(
  directory: number,
  packer: Packer,
  prefix: Buffer,
  options: SendOptions,
): AsyncGenerator<Buffer, void, undefined> {
  for (const { path, held, status } of walkTree(directory, { crossMounts: options.crossMounts })) {
    checkAborted(options.signal)
    for await (const bytes of packer.add(prefix.length > 0 ? Buffer.concat([prefix, path]) : path, held, status)) {
      yield bytes
      checkAborted(options.signal)
    }
  }
}
