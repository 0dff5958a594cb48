/** The typed face of the addon: kernel interfaces that Node has not. Failures are plain errors with code, errno (positive), syscall and path. */
export type { FileName } from './addon.js'
export { Channel } from './channel.js'
export {
  closeDescriptor,
  copyRange,
  duplicateDescriptor,
  memfd,
  peerCredentials,
  pidfdOpen,
  pidfdSignal,
  pipe,
  socketPair,
  syncFilesystem,
} from './descriptors.js'
export {
  currentDirectory,
  type DirectoryEntry,
  EntryType,
  linkAt,
  makeDevice,
  mkdirAt,
  mknodAt,
  Open,
  openIn,
  Rename,
  Resolve,
  readDirectory,
  readlinkAt,
  renameAt,
  splitDevice,
  symlinkAt,
  unlinkAt,
} from './files.js'
export { nextData, nextHole } from './holes.js'
export { flock, flockAsync, type LockKind } from './lock.js'
export { connectMonitor, dismissWaiting, spawnMonitor } from './monitor-process.js'
export { mountOverlay, type OverlayOptions } from './mount.js'
export { PipeReader } from './pipe-reader.js'
export { chmodAt, chownAt, type Status, statAt, tryStatAt, utimesAt } from './status.js'
export {
  getXattr,
  getXattrAt,
  listXattr,
  listXattrAt,
  removeXattr,
  removeXattrAt,
  setXattr,
  setXattrAt,
  type XattrTarget,
} from './xattr.js'
