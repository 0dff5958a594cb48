import { constants } from 'node:fs'
import { addon, type FileName } from './addon.js'

/** Bits of openat2's `resolve`: see openat2(2). */
export const Resolve = { NO_XDEV: 0x01, NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, BENEATH: 0x08, IN_ROOT: 0x10 } as const

/** The flags of open(2) that Gantry uses; fs.constants leaves some out. */
export const Open = {
  READ: constants.O_RDONLY,
  WRITE: constants.O_WRONLY,
  READ_WRITE: constants.O_RDWR,
  CREATE: constants.O_CREAT,
  EXCLUSIVE: constants.O_EXCL,
  TRUNCATE: constants.O_TRUNC,
  APPEND: constants.O_APPEND,
  DIRECTORY: constants.O_DIRECTORY,
  NO_FOLLOW: constants.O_NOFOLLOW,
  NONBLOCK: constants.O_NONBLOCK,
  /** Only hold the file: no read, no write. */ PATH: 0x200000,
} as const

/** In place of a directory: the current one. */
export const currentDirectory = -100

/**
 * openat2(2), close-on-exec. By default `root` is the root for every link and `..` of the path, and magic links are refused.
 * ELOOP, EXDEV, ENOENT and the like are thrown.
 */
export function openIn(
  root: number,
  path: FileName,
  flags: number,
  mode = 0,
  resolve: number = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS,
): number {
  return addon().openIn(root, path, flags, mode, resolve)
}

/** Modes are subject to the umask, as ever. */
export function mkdirAt(directory: number, name: FileName, mode = 0o777): void {
  addon().makeDirectoryAt(directory, name, mode)
}

/** `mode` carries the file type; `device` as makeDevice() gives it. */
export function mknodAt(directory: number, name: FileName, mode: number, device = 0): void {
  addon().makeNodeAt(directory, name, mode, device)
}

/** The number of a device, as in `rdev`. */
export function makeDevice(major: number, minor: number): number {
  return (major & 0xfff) * 0x100 + (minor & 0xff) + Math.floor(minor / 0x100) * 0x100000
}
/** The major and minor number in a `dev` or `rdev`. */
export function splitDevice(device: number): { major: number; minor: number } {
  return {
    major: Math.floor(device / 0x100) & 0xfff,
    minor: (device & 0xff) + (Math.floor(device / 0x100000) & 0xfff) * 0x100,
  }
}

export function symlinkAt(target: FileName, directory: number, name: FileName): void {
  addon().makeLinkAt(target, directory, name)
}

/** A hard link; never follows a symbolic one. */
export function linkAt(fromDirectory: number, from: FileName, toDirectory: number, to: FileName): void {
  addon().linkAt(fromDirectory, from, toDirectory, to)
}

export function unlinkAt(directory: number, name: FileName, isDirectory: boolean): void {
  addon().unlinkAt(directory, name, isDirectory)
}

/** Bits of renameAt's `flags`: see renameat2(2). */
export const Rename = { NO_REPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 } as const

export function renameAt(fromDirectory: number, from: FileName, toDirectory: number, to: FileName, flags = 0): void {
  addon().renameAt(fromDirectory, from, toDirectory, to, flags)
}

/** The target of a symbolic link, byte for byte. */
export function readlinkAt(directory: number, name: FileName): Buffer {
  return addon().readLinkAt(directory, name)
}

/** The kinds of directory entries (DT_*). */
export const EntryType = {
  UNKNOWN: 0,
  FIFO: 1,
  CHARACTER: 2,
  DIRECTORY: 4,
  BLOCK: 6,
  FILE: 8,
  LINK: 10,
  SOCKET: 12,
} as const

export interface DirectoryEntry {
  name: Buffer
  /** One of EntryType. */ type: number
}

/** All entries but `.` and `..`, in no order. The descriptor may be O_PATH; its position is not used. */
export function readDirectory(fd: number): DirectoryEntry[] {
  const packed = addon().readDirectory(fd)
  const entries: DirectoryEntry[] = []
  for (let at = 0; at < packed.length; ) {
    const end = at + 2 + packed[at + 1]!
    entries.push({ type: packed[at]!, name: packed.subarray(at + 2, end) })
    at = end
  }
  return entries
}
