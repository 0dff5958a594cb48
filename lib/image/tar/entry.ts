import { GantryError } from '../../errors/index.js'

export type EntryType = 'file' | 'hardlink' | 'symlink' | 'directory' | 'character' | 'block' | 'fifo'

/** One member of an archive. Names are bytes: they need not be UTF-8. */
export interface TarEntry {
  name: Buffer
  type: EntryType
  /** Of a symlink its text, of a hard link the name of the member. */ linkName: Buffer
  /** Bytes of the file, holes included; 0 for everything that is no file. */ size: number
  mode: number
  uid: number
  gid: number
  mtimeNs: bigint
  major: number
  minor: number
  xattrs: Map<string, Buffer>
}

/** Is told of an archive's content in its order. */
export interface TarVisitor {
  entry(entry: TarEntry): void
  /** Bytes of the last entry at a place of the file; what is not mentioned is a hole. The buffer is only valid during the call. */
  data(chunk: Buffer, offset: number): void
  /** The last entry is complete. */
  end(): void
}

export interface TarLimits {
  /** Default 4 million. */ entries: number
  /** Sum of the sizes of all files. Default 256 GiB. */ bytes: number
  /** Bytes of a path. Default 4095, the kernel's. */ path: number
  /** Directories of a path. Default 256. */ depth: number
}

export const defaultLimits: Readonly<TarLimits> = { entries: 4_000_000, bytes: 256 * 2 ** 30, path: 4095, depth: 256 }

/** Ids from 0 to 2^32-2; the last one means "none" to the kernel. */
export const highestId = 0xfffffffe

export function invalidArchive(reason: string, name?: Buffer, cause?: unknown): GantryError {
  const member = name?.length ? ` at the member ${showName(name)}` : ''
  return new GantryError('ERR_IMAGE_INVALID', `The archive is malformed or hostile${member}: ${reason}`, { cause })
}

/** A name for a message: bounded, and without control characters. */
export function showName(name: Buffer): string {
  const text = name.toString('utf8').replace(/\p{Cc}/gu, '?')
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}
