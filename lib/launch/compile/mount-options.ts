/** The texts of OCI mount options (config.md, "Mounts") as what the mount API takes. */
import { MOUNT_ATTR, MOUNT_ATTR_ATIME, MS } from '../kernel.js'

export interface MountOptions {
  bind: boolean
  recursive: boolean
  set: number
  clear: number
  /** The attributes hold for the mounts below as well (rro and its like). */
  attributesRecursive: boolean
  /** 0: as the caller's default. */
  propagation: number
  propagationRecursive: boolean
  idmap: boolean
  /** What is left for the file system: key=value or flags. */
  data: string[]
}

const attributes: Readonly<Record<string, { set?: number; clear?: number }>> = {
  ro: { set: MOUNT_ATTR.RDONLY }, rw: { clear: MOUNT_ATTR.RDONLY },
  nosuid: { set: MOUNT_ATTR.NOSUID }, suid: { clear: MOUNT_ATTR.NOSUID },
  nodev: { set: MOUNT_ATTR.NODEV }, dev: { clear: MOUNT_ATTR.NODEV },
  noexec: { set: MOUNT_ATTR.NOEXEC }, exec: { clear: MOUNT_ATTR.NOEXEC },
  noatime: { set: MOUNT_ATTR.NOATIME, clear: MOUNT_ATTR_ATIME }, relatime: { clear: MOUNT_ATTR_ATIME }, norelatime: {},
  atime: { clear: MOUNT_ATTR_ATIME }, strictatime: { set: MOUNT_ATTR.STRICTATIME, clear: MOUNT_ATTR_ATIME }, nostrictatime: { clear: MOUNT_ATTR_ATIME },
  nodiratime: { set: MOUNT_ATTR.NODIRATIME }, diratime: { clear: MOUNT_ATTR.NODIRATIME },
  nosymfollow: { set: MOUNT_ATTR.NOSYMFOLLOW }, symfollow: { clear: MOUNT_ATTR.NOSYMFOLLOW },
}

const propagations: Readonly<Record<string, number>> = { private: MS.PRIVATE, shared: MS.SHARED, slave: MS.SLAVE, unbindable: MS.UNBINDABLE }

/** Flags of mount(2) that have no place in a new mount, or are what the kernel does anyway. */
const meaningless = new Set(['defaults', 'async', 'sync', 'remount', 'mand', 'nomand', 'dirsync', 'silent', 'loud', 'iversion', 'noiversion', 'lazytime', 'nolazytime', 'tmpcopyup'])

export function parseMountOptions(texts: readonly string[]): MountOptions {
  const options: MountOptions = {
    bind: false, recursive: false, set: 0, clear: 0, attributesRecursive: false, propagation: 0, propagationRecursive: false, idmap: false, data: [],
  }
  for (const text of texts) {
    if (text === 'bind') options.bind = true
    else if (text === 'rbind') options.bind = options.recursive = true
    else if (text === 'idmap' || text === 'ridmap') options.idmap = true
    else if (apply(options, attributes[text])) continue
    else if (text.startsWith('r') && apply(options, attributes[text.slice(1)])) options.attributesRecursive = true
    else if (propagations[text] !== undefined) options.propagation = propagations[text]
    else if (text.startsWith('r') && propagations[text.slice(1)] !== undefined) {
      options.propagation = propagations[text.slice(1)]!
      options.propagationRecursive = true
    } else if (!meaningless.has(text)) options.data.push(text)
  }
  return options
}

function apply(options: MountOptions, change: { set?: number; clear?: number } | undefined): boolean {
  if (!change) return false
  const { set = 0, clear = 0 } = change
  options.set = (options.set & ~clear) | set
  options.clear = (options.clear & ~set) | clear
  return true
}
