import { addon, type FileName } from './addon.js'

export interface Status {
  /** File type and permissions. */ mode: number
  uid: number
  gid: number
  /** Bytes. */ size: number
  dev: number
  rdev: number
  nlink: number
  /** Of 512 bytes. */ blocks: number
  /** A bigint: an overlay uses all 64 bits. */ ino: bigint
  /** Times in nanoseconds since the epoch. */
  atimeNs: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  /** 0 where the file system does not keep it. */ birthtimeNs: bigint
}

// Filled by the addon at each call.
const numbers = new Float64Array(8)
const large = new BigInt64Array(5)

/** The status of a file, or null when there is none. An empty name means the held file itself. */
export function tryStatAt(directory: number, name: FileName, follow = false): Status | null {
  if (!addon().statusAt(directory, name, follow, numbers, large)) return null
  return {
    mode: numbers[0]!,
    uid: numbers[1]!,
    gid: numbers[2]!,
    size: numbers[3]!,
    dev: numbers[4]!,
    rdev: numbers[5]!,
    nlink: numbers[6]!,
    blocks: numbers[7]!,
    ino: BigInt.asUintN(64, large[0]!),
    atimeNs: large[1]!,
    mtimeNs: large[2]!,
    ctimeNs: large[3]!,
    birthtimeNs: large[4]!,
  }
}

/** The status of a file. ENOENT when there is none. */
export function statAt(directory: number, name: FileName, follow = false): Status {
  const status = tryStatAt(directory, name, follow)
  if (status) return status
  const path = typeof name === 'string' ? name : Buffer.from(name).toString()
  throw Object.assign(new Error(`ENOENT: No such file or directory, statx '${path}'`), {
    code: 'ENOENT',
    errno: 2,
    syscall: 'statx',
    path,
  })
}

/** Changes the owner of the file itself, never of a link's target. 2^32 - 1 leaves an id as it is. */
export function chownAt(directory: number, name: FileName, uid: number, gid: number): void {
  addon().ownerAt(directory, name, uid, gid)
}

/** Changes the permissions. EOPNOTSUPP for a symbolic link, which has none. */
export function chmodAt(directory: number, name: FileName, mode: number): void {
  addon().modeAt(directory, name, mode)
}

/** Sets the times, in nanoseconds since the epoch, of the file itself. */
export function utimesAt(directory: number, name: FileName, atimeNs: bigint, mtimeNs: bigint): void {
  addon().timesAt(directory, name, atimeNs, mtimeNs)
}
