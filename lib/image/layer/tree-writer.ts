import { fchmodSync, fchownSync, ftruncateSync, writeSync } from 'node:fs'
import {
  chmodAt, chownAt, closeDescriptor, linkAt, makeDevice, mkdirAt, mknodAt, Open, openIn, readDirectory, EntryType as Kind, Resolve, setXattr, symlinkAt,
  tryStatAt, unlinkAt, utimesAt,
} from '../../native/index.js'
import { systemCode } from '../../store/index.js'
import { invalidArchive, type EntryType, showName, type TarEntry, type TarLimits, type TarVisitor } from '../tar/index.js'
import { applyAttributes } from './attributes.js'
import { Directories, type HeldDirectory } from './directories.js'
import { componentsOf } from './path.js'
import { opaqueAttribute, whiteoutOf } from './whiteout.js'

const fileType = 0o170000
const regularType = 0o100000
const directoryType = 0o040000
const characterType = 0o020000
const nodeTypes: Partial<Record<EntryType, number>> = { character: characterType, block: 0o060000, fifo: 0o010000 }
const holeSize = 4096
const zeros = Buffer.alloc(64 * 1024)

/** Failures that the archive is to blame for, not the machine. */
const archiveFaults: Record<string, string> = {
  ELOOP: 'its path has too many symbolic links',
  ENOTDIR: 'its path leads through something that is no directory',
  EXDEV: 'its path leads out of the tree',
  ENAMETOOLONG: 'its name is too long',
  EILSEQ: 'its name cannot be stored here',
  EMLINK: 'it has too many hard links',
  EFBIG: 'it is larger than a file can be',
}

/**
 * Makes the tree of a layer from an archive's members. Everything is reached by descriptors of directories that the kernel resolved with the tree as the
 * root (RESOLVE_IN_ROOT), so that no name, link or `..` leads outside; the last component is never followed.
 */
export class TreeWriter implements TarVisitor {
  readonly #root: number
  readonly #limits: Pick<TarLimits, 'path' | 'depth'>
  readonly #directories: Directories
  /** Times are set last, because every new name changes them. */
  readonly #directoryTimes = new Map<string, { path: Buffer; mtimeNs: bigint }>()
  #entry?: TarEntry
  #file = -1
  #place?: { parent: number; name: Buffer }
  #written = 0
  readonly #whiteouts: boolean

  /**
   * `root` is a descriptor of the empty directory that becomes the tree; it stays the caller's. Without `whiteouts` (default true), names
   * that begin with .wh. are names like others.
   */
  constructor(root: number, limits: Pick<TarLimits, 'path' | 'depth'>, options: { whiteouts?: boolean } = {}) {
    this.#root = root
    this.#whiteouts = options.whiteouts ?? true
    this.#directories = new Directories(root)
    this.#limits = limits
  }

  entry(entry: TarEntry): void {
    this.#entry = entry
    this.#blame(() => this.#make(entry))
  }

  data(chunk: Buffer, offset: number): void {
    if (this.#file < 0) return
    this.#blame(() => this.#writeAround(chunk, offset))
  }

  end(): void {
    const entry = this.#entry!
    if (this.#file < 0) return
    this.#blame(() => {
      if (this.#written < entry.size) ftruncateSync(this.#file, entry.size)
      fchownSync(this.#file, entry.uid, entry.gid)
      fchmodSync(this.#file, entry.mode)
      applyAttributes(entry, this.#file)
      utimesAt(this.#place!.parent, this.#place!.name, entry.mtimeNs, entry.mtimeNs)
    })
    this.#closeFile()
  }

  /** Set the times of the directories. Call once after the last member. */
  finish(): void {
    for (const { path, mtimeNs } of [...this.#directoryTimes.values()].reverse()) {
      let descriptor: number
      try {
        descriptor = path.length ? this.#directories.open(path) : this.#root
      } catch {
        continue // Another member has replaced it.
      }
      utimesAt(descriptor, '', mtimeNs, mtimeNs)
      if (descriptor !== this.#root) closeDescriptor(descriptor)
    }
  }

  close(): void {
    this.#closeFile()
    this.#directories.forget()
  }

  #make(entry: TarEntry): void {
    const components = componentsOf(entry.name, this.#limits)
    const name = components.pop()
    if (name === undefined) {
      this.#makeRoot(entry)
      return
    }
    const whiteout = this.#whiteouts ? whiteoutOf(name) : undefined
    this.#directories.trim()
    const parent = this.#directories.require(components)
    if (!whiteout) this.#makeNamed(entry, parent, name)
    else if (whiteout.kind === 'opaque') setXattr(parent.descriptor, opaqueAttribute(), Buffer.from('y'))
    else if (whiteout.kind === 'name') this.#makeWhiteout(parent, whiteout.name)
  }

  #makeRoot(entry: TarEntry): void {
    if (entry.type !== 'directory') throw invalidArchive('the root of the tree must be a directory', entry.name)
    chownAt(this.#root, '', entry.uid, entry.gid)
    fchmodSync(this.#root, entry.mode)
    applyAttributes(entry, this.#root)
    this.#directoryTimes.set('', { path: Buffer.alloc(0), mtimeNs: entry.mtimeNs })
  }

  #makeNamed(entry: TarEntry, parent: HeldDirectory, name: Buffer): void {
    if (entry.type === 'directory') this.#makeDirectory(entry, parent, name)
    else if (entry.type === 'hardlink') this.#makeHardLink(entry, parent, name)
    else this.#makeFile(entry, parent, name)
  }

  /** A file, whose content follows, a link or a node. */
  #makeFile(entry: TarEntry, parent: HeldDirectory, name: Buffer): void {
    this.#clear(parent, name)
    const at = parent.descriptor
    if (entry.type === 'file') {
      this.#file = openIn(at, name, Open.WRITE | Open.CREATE | Open.EXCLUSIVE | Open.NO_FOLLOW, 0o600, Resolve.BENEATH | Resolve.NO_SYMLINKS)
      this.#place = { parent: at, name: Buffer.from(name) }
      this.#written = 0
      return
    }
    if (entry.type === 'symlink') {
      if (entry.linkName.length === 0) throw invalidArchive('a symbolic link has no target', entry.name)
      symlinkAt(entry.linkName, at, name)
    } else {
      mknodAt(at, name, nodeTypes[entry.type]! | 0o600, entry.type === 'fifo' ? 0 : makeDevice(entry.major, entry.minor))
    }
    chownAt(at, name, entry.uid, entry.gid)
    if (entry.type !== 'symlink') chmodAt(at, name, entry.mode)
    applyAttributes(entry, at, name)
    utimesAt(at, name, entry.mtimeNs, entry.mtimeNs)
  }

  #makeDirectory(entry: TarEntry, parent: HeldDirectory, name: Buffer): void {
    const at = parent.descriptor
    const there = tryStatAt(at, name)
    const isDirectory = there !== null && (there.mode & fileType) === directoryType
    if (!isDirectory) {
      if (there) this.#clear(parent, name)
      mkdirAt(at, name, 0o700)
      // It hid the directory below; the new one must hide it as well.
      if (there && isWhiteout(there)) setOpaque(at, name)
    }
    chownAt(at, name, entry.uid, entry.gid)
    chmodAt(at, name, entry.mode)
    applyAttributes(entry, at, name)
    const path = parent.path ? `${parent.path}/${name.toString('latin1')}` : name.toString('latin1')
    this.#directoryTimes.delete(path)
    this.#directoryTimes.set(path, { path: Buffer.from(path, 'latin1'), mtimeNs: entry.mtimeNs })
  }

  #makeHardLink(entry: TarEntry, parent: HeldDirectory, name: Buffer): void {
    const components = componentsOf(entry.linkName, this.#limits)
    const targetName = components.pop()
    if (targetName === undefined) throw invalidArchive('a hard link leads to the root', entry.name)
    const target = () => {
      const directory = this.#directories.find(components)
      const status = directory && tryStatAt(directory.descriptor, targetName)
      if (!status) throw invalidArchive(`it is a hard link to ${showName(entry.linkName)}, which is not there`, entry.name)
      return { at: directory.descriptor, status }
    }
    const { status } = target()
    const isFile = (status.mode & fileType) !== directoryType && !isWhiteout(status)
    if (!isFile) throw invalidArchive(`it is a hard link to ${showName(entry.linkName)}, which is no file`, entry.name)
    const there = tryStatAt(parent.descriptor, name)
    if (there?.ino === status.ino && there.dev === status.dev) return
    this.#clear(parent, name)
    // What was cleared may have held the target.
    linkAt(target().at, targetName, parent.descriptor, name)
  }

  /** An overlay's whiteout. What the layer itself has under that name stays, but hides what lies below. */
  #makeWhiteout(parent: HeldDirectory, name: Buffer): void {
    const there = tryStatAt(parent.descriptor, name)
    if (!there) mknodAt(parent.descriptor, name, characterType, 0)
    else if ((there.mode & fileType) === directoryType) setOpaque(parent.descriptor, name)
  }

  /** Remove what has a name already: a later member of an archive replaces an earlier one. */
  #clear(parent: HeldDirectory, name: Buffer): void {
    const there = tryStatAt(parent.descriptor, name)
    if (!there) return
    if ((there.mode & fileType) === directoryType) removeBelow(parent.descriptor, name)
    else unlinkAt(parent.descriptor, name, false)
    // Paths may have led through it.
    if ((there.mode & fileType) !== regularType) this.#directories.forget(parent)
  }

  /**
   * Write bytes, leaving out blocks of zeros: the file is new, so they become holes, whatever size an archive claims. A block that
   * a chunk has only a part of counts by this part.
   */
  #writeAround(chunk: Buffer, offset: number): void {
    for (let start = 0; start < chunk.length; ) {
      const next = (place: number) => Math.min(chunk.length, place + holeSize - ((offset + place) % holeSize))
      let end = next(start)
      if (isZero(chunk, start, end)) {
        start = end
        continue
      }
      while (end < chunk.length && !isZero(chunk, end, next(end))) end = next(end)
      for (let done = start; done < end; ) done += writeSync(this.#file, chunk, done, end - done, offset + done)
      this.#written = Math.max(this.#written, offset + end)
      start = end
    }
  }

  #closeFile(): void {
    if (this.#file >= 0) closeDescriptor(this.#file)
    this.#file = -1
  }

  #blame(action: () => void): void {
    try {
      action()
    } catch (error) {
      const fault = archiveFaults[systemCode(error) ?? '']
      if (fault) throw invalidArchive(fault, this.#entry?.name, error)
      throw error
    }
  }
}

function isWhiteout(status: { mode: number; rdev: number }): boolean {
  return (status.mode & fileType) === characterType && status.rdev === 0
}

function setOpaque(directory: number, name: Buffer): void {
  const descriptor = openIn(directory, name, Open.READ | Open.DIRECTORY | Open.NO_FOLLOW, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS)
  try {
    setXattr(descriptor, opaqueAttribute(), Buffer.from('y'))
  } finally {
    closeDescriptor(descriptor)
  }
}

function isZero(chunk: Buffer, start: number, end: number): boolean {
  return chunk[start] === 0 && chunk.compare(zeros, 0, end - start, start, end) === 0
}

/** Delete a directory of this tree with all that is in it. Its depth is bounded by the limit of paths. */
function removeBelow(parent: number, name: Buffer): void {
  const descriptor = openIn(parent, name, Open.READ | Open.DIRECTORY | Open.NO_FOLLOW, 0, Resolve.BENEATH | Resolve.NO_SYMLINKS)
  try {
    for (const entry of readDirectory(descriptor)) {
      if (entry.type === Kind.DIRECTORY) removeBelow(descriptor, entry.name)
      else unlinkAt(descriptor, entry.name, false)
    }
  } finally {
    closeDescriptor(descriptor)
  }
  unlinkAt(parent, name, true)
}
