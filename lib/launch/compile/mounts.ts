/** The mounts of the spec: binds are cloned by the monitor, everything else is made by the child inside its own namespaces. */
import { lstatSync, statSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeMount } from '../../oci/index.js'
import { MOUNT_ATTR, MOUNT_ATTR_ATIME, MS, O, RESOLVE } from '../kernel.js'
import type { ProgramWriter } from '../program.js'
import { cgroupLayout } from '../cgroups.js'
import { type MountOptions, parseMountOptions } from './mount-options.js'
import type { SlotAllocator } from './slots.js'

export interface MountContext {
  writer: ProgramWriter
  slots: SlotAllocator
  /** Slot of the root inside the child. */
  root: number
  /** Slots that the child uses again for every mount. */
  mount: number
  target: number
  /** The mount on /proc, kept for sysctls. */
  proc: number
  /** Slot of the child's user namespace in the monitor, when there is one. */
  userns: number
  legacyControllers: readonly string[]
}

/** A bind that the monitor has cloned into a slot; `late`: it is handed over after the user namespace exists. */
export interface PreparedBind {
  slot: number
  file: boolean
  late: boolean
  options: MountOptions
}

/** The access-time bits are one field of the kernel's: it has to be cleared whole when it is set. */
const atime = (set: number, clear: number): number => (set & MOUNT_ATTR_ATIME ? clear | MOUNT_ATTR_ATIME : clear)

/** Emits, into setup before the clone, the cloning of what the binds show. */
export function prepareBinds(context: MountContext, mounts: readonly RuntimeMount[]): Map<RuntimeMount, PreparedBind> {
  const prepared = new Map<RuntimeMount, PreparedBind>()
  for (const mount of mounts) {
    const options = parseMountOptions(mount.options ?? [])
    if (!options.bind && mount.type !== 'bind') continue
    const source = mount.source ?? ''
    const slot = context.slots.take()
    prepared.set(mount, { slot, file: !isDirectory(source, mount.destination), late: options.idmap && context.userns >= 0, options })
    context.writer.emit('setup', 'openTree', { slot, path: source, recursive: options.recursive ? 1 : 0 })
    const { set, clear } = options
    if (set || clear) {
      // Read-only means it for the mounts below as well, wherever the bind takes them along.
      const recursive = options.recursive && (options.attributesRecursive || (set & MOUNT_ATTR.RDONLY) !== 0) ? 1 : 0
      context.writer.emit('setup', 'mountAttributes', { slot, set, clear: atime(set, clear), recursive })
    }
    const propagation = options.propagation || MS.PRIVATE
    const recursive = options.propagation ? options.propagationRecursive : true
    context.writer.emit('setup', 'mountAttributes', { slot, propagation, recursive: recursive ? 1 : 0 })
  }
  return prepared
}

/** Emits, into setup after the id maps, the id-mapping of binds and their handing over. */
export function handOverBinds(context: MountContext, prepared: Map<RuntimeMount, PreparedBind>): void {
  for (const { slot, late, options } of prepared.values()) {
    if (!late) continue
    context.writer.emit('setup', 'mountAttributes', { slot, userns: context.userns, recursive: options.recursive ? 1 : 0 })
    context.writer.emit('setup', 'passSlot', { slot })
  }
}

export function takeBinds(context: MountContext, prepared: Map<RuntimeMount, PreparedBind>): void {
  for (const { slot, late } of prepared.values()) if (late) context.writer.emit('child', 'takeSlot', { slot })
}

function isDirectory(source: string, target: string): boolean {
  try {
    return statSync(source).isDirectory()
  } catch (cause) {
    const dangling = lexists(source)
    throw new GantryError('ERR_MOUNT', `cannot mount ${source} on ${target}: ${dangling ? 'it is a symbolic link to nothing' : 'there is no such file or directory on the host'}`, {
      path: source,
      hint: 'make it first, or ask for it to be made with createSource: true',
      cause,
    })
  }
}

function lexists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

/**
 * What shows and changes the kernel may not be put where a link of the image leads: a later mount could make the link lead elsewhere, and the paths that are
 * masked and made read-only would be looked for there, while /proc/sys stayed open to the container (CVE-2019-19921's kind).
 */
const showsKernel: ReadonlySet<string> = new Set(['proc', 'sysfs'])

/** Emits one mount of the spec into the child section. */
export function emitMount(context: MountContext, mount: RuntimeMount, bind: PreparedBind | undefined): void {
  const { writer, root, target } = context
  if (bind) {
    writer.emit('child', 'makeTarget', { slot: target, root, path: mount.destination, kind: bind.file ? 1 : 0 })
    writer.emit('child', 'moveMount', { slot: bind.slot, target })
    return
  }
  const options = parseMountOptions(mount.options ?? [])
  const type = mount.type ?? 'none'
  if (type === 'cgroup') return emitCgroupMount(context, mount, options)
  const slot = type === 'proc' ? context.proc : context.mount
  writer.emit('child', 'mountNew', { slot, type, source: mount.source ?? type, options: options.data, attributes: options.set })
  writer.emit('child', 'makeTarget', { slot: target, root, path: mount.destination, kind: showsKernel.has(type) ? 3 : 0 })
  writer.emit('child', 'moveMount', { slot, target })
  const propagation = options.propagation
  if (propagation) writer.emit('child', 'mountAttributes', { slot, propagation, recursive: options.propagationRecursive ? 1 : 0 })
}

/** /sys/fs/cgroup: the v2 tree, or on older machines a directory with each v1 hierarchy that the container is in. */
function emitCgroupMount(context: MountContext, mount: RuntimeMount, options: MountOptions): void {
  const { writer, root, target, mount: slot } = context
  const one = (type: string, destination: string, data: string[]): void => {
    writer.emit('child', 'mountNew', { slot, type, source: type, options: data, attributes: options.set })
    writer.emit('child', 'makeTarget', { slot: target, root, path: destination, kind: 0 })
    writer.emit('child', 'moveMount', { slot, target })
  }
  const layout = cgroupLayout()
  if (layout.legacy.size === 0) return one('cgroup2', mount.destination, [])
  writer.emit('child', 'mountNew', { slot, type: 'tmpfs', source: 'tmpfs', options: ['mode=755', 'size=64k'], attributes: options.set & ~MOUNT_ATTR.RDONLY })
  const directory = context.slots.take()
  writer.emit('child', 'makeTarget', { slot: target, root, path: mount.destination, kind: 0 })
  writer.emit('child', 'moveMount', { slot, target })
  const byMount = new Map<string, string[]>()
  for (const controller of context.legacyControllers) {
    const at = layout.legacy.get(controller)!
    byMount.set(at, [...(byMount.get(at) ?? []), controller])
  }
  for (const controllers of byMount.values()) {
    one('cgroup', `${mount.destination}/${controllers.join(',')}`, controllers)
    if (controllers.length > 1) {
      for (const controller of controllers) writer.emit('child', 'makeLink', { root, path: `${mount.destination}/${controller}`, target: controllers.join(',') })
    }
  }
  if (layout.unified !== undefined) one('cgroup2', `${mount.destination}/unified`, [])
  if (options.set & MOUNT_ATTR.RDONLY) {
    writer.emit('child', 'open', { slot: directory, at: root, path: mount.destination.replace(/^\/+/, ''), flags: O.PATH, resolve: RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS })
    writer.emit('child', 'mountAttributes', { slot: directory, set: MOUNT_ATTR.RDONLY })
  }
}
