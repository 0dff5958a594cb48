import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GantryError } from '../errors/index.js'

/** A file name: text, or the raw bytes of a name that need not be UTF-8. */
export type FileName = string | Uint8Array

export interface NativeChannel {
  onMessage(
    message: (data: Buffer, descriptors: number[]) => void,
    closed: (error?: Error) => void,
    writable: () => void,
  ): void
  send(data: Uint8Array, descriptors: readonly number[] | undefined): boolean
  pause(): void
  resume(): void
  close(): void
  ref(): void
  unref(): void
}

export interface NativePipeReader {
  pause(): void
  resume(): void
  close(): void
  ref(): void
  unref(): void
}

/** What addon/binding/module.cc exports. */
export interface Addon {
  Channel: new (fd: number) => NativeChannel
  PipeReader: new (fd: number, listener: (chunk: Buffer | null, error?: Error) => void) => NativePipeReader
  spawnMonitor(executable: string, program: Uint8Array, descriptors: readonly number[]): [pid: number, channel: number]
  spawnWaiting(executable: string): [pid: number, channel: number]
  giveWork(channel: number, program: Uint8Array, descriptors: readonly number[]): boolean
  connectMonitor(runDirectory: FileName): number
  makePipe(): [number, number]
  makeSocketPair(): [number, number]
  makeMemoryFile(name: string, bytes: Uint8Array): number
  closeDescriptor(fd: number): void
  duplicateDescriptor(fd: number): number
  lockFile(fd: number, operation: number): boolean
  copyRange(from: number, to: number, bytes: number): number
  syncFilesystem(fd: number): Promise<void>
  peerCredentials(fd: number): [pid: number, uid: number, gid: number]
  openPidfd(pid: number): number
  signalPidfd(pidfd: number, signal: number): void
  openIn(root: number, path: FileName, flags: number, mode: number, resolve: number): number
  makeDirectoryAt(directory: number, name: FileName, mode: number): void
  makeNodeAt(directory: number, name: FileName, mode: number, device: number): void
  makeLinkAt(target: FileName, directory: number, name: FileName): void
  linkAt(fromDirectory: number, from: FileName, toDirectory: number, to: FileName): void
  unlinkAt(directory: number, name: FileName, isDirectory: boolean): void
  renameAt(fromDirectory: number, from: FileName, toDirectory: number, to: FileName, flags: number): void
  readLinkAt(directory: number, name: FileName): Buffer
  readDirectory(directory: number): Buffer
  nextData(fd: number, offset: number): number
  nextHole(fd: number, offset: number): number
  statusAt(directory: number, name: FileName, follow: boolean, numbers: Float64Array, large: BigInt64Array): boolean
  ownerAt(directory: number, name: FileName, uid: number, gid: number): void
  modeAt(directory: number, name: FileName, mode: number): void
  timesAt(directory: number, name: FileName, accessed: bigint, modified: bigint): void
  getXattr(target: number | FileName, name: FileName | null, attribute: string): Buffer | null
  setXattr(target: number | FileName, name: FileName | null, attribute: string, value: Uint8Array): void
  removeXattr(target: number | FileName, name: FileName | null, attribute: string): void
  listXattr(target: number | FileName, name: FileName | null): Buffer
  mountOverlay(
    lowers: readonly string[],
    upper: string | null,
    work: string | null,
    readOnly: boolean,
    options: readonly string[],
  ): number
}

/** Where the native programs are: `build/Release` of the package, unless GANTRY_NATIVE_DIRECTORY names another build. */
export function nativeDirectory(): string {
  return process.env.GANTRY_NATIVE_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), '../../build/Release')
}

let loaded: Addon | undefined

/** The addon, loaded when it is first needed: importing Gantry works anywhere, also where it cannot run. */
export function addon(): Addon {
  loaded ??= load(process.platform, join(nativeDirectory(), 'gantry.node'))
  return loaded
}

/** Exported for its tests. */
export function load(platform: NodeJS.Platform, path: string): Addon {
  if (platform !== 'linux') {
    throw new GantryError('ERR_NOT_SUPPORTED', `Gantry runs on Linux; this is ${platform}`, {
      hint: 'containers are a feature of the Linux kernel: use a Linux machine or a virtual one',
    })
  }
  if (!existsSync(path)) {
    throw new GantryError('ERR_NOT_SUPPORTED', 'the native part of Gantry has not been built', {
      path,
      hint: 'run `npm run build:native` in the package (it needs cmake and a C++20 compiler)',
    })
  }
  try {
    return createRequire(import.meta.url)(path) as Addon
  } catch (cause) {
    throw new GantryError(
      'ERR_NOT_SUPPORTED',
      `the native part of Gantry cannot be loaded: ${(cause as Error).message}`,
      {
        path,
        cause,
        hint: 'it was perhaps built for another machine or C library: run `npm run build:native`',
      },
    )
  }
}
