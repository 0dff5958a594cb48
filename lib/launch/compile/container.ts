/** OCI runtime spec -> launch program. The order of what is emitted is the order in which the kernel is asked; each step says why it is there. */
import { GantryError } from '../../errors/index.js'
import type { RuntimeLinux, RuntimeNamespace, RuntimeSpec } from '../../oci/index.js'
import { CLONE, MODE, MOUNT_ATTR, MS, O, RESOLVE } from '../kernel.js'
import type { LaunchOptions } from '../options.js'
import { ProgramWriter } from '../program.js'
import type { OpenProgram } from '../template.js'
import { sections } from '../tables.js'
import { type CgroupPlan, emitCgroups } from './cgroups.js'
import { emitExecInto } from './exec.js'
import { emitHooks } from './hooks.js'
import { emitMount, handOverBinds, type MountContext, prepareBinds, type PreparedBind, takeBinds } from './mounts.js'
import { emitEarlyProcess, emitProcess } from './process.js'
import { planRoot, type RootPlan } from './root.js'
import { emitSettings } from './settings.js'
import { SlotAllocator } from './slots.js'

const NAMESPACES = {
  mount: CLONE.NEWNS, pid: CLONE.NEWPID, network: CLONE.NEWNET, ipc: CLONE.NEWIPC, uts: CLONE.NEWUTS, user: CLONE.NEWUSER, cgroup: CLONE.NEWCGROUP, time: CLONE.NEWTIME,
} as const
/** Names below /proc/<pid>/ns that are not the specification's. */
const FILES: Partial<Record<RuntimeNamespace['type'], string>> = { network: 'net', mount: 'mnt' }
const STAGE_MAPPED = 1
const STAGE_MOUNTED = 2
const STAGE_HOOKED = 3

/** Compiles what a monitor runs for a container: settings, set-up, the child, probes, teardown. */
export function compileContainer(spec: RuntimeSpec, launch: LaunchOptions): OpenProgram {
  const process = spec.process
  const linux = spec.linux ?? {}
  if (!process) throw new GantryError('ERR_INVALID_OPTION', 'the spec has no process to run')
  const writer = new ProgramWriter()
  const slots = new SlotAllocator()
  const created = newNamespaces(linux)
  const userNamespace = (created & CLONE.NEWUSER) !== 0
  const cgroups = emitCgroups(writer, slots, launch.id, linux.resources ?? {}, {
    hierarchies: launch.hierarchies ?? 'needed',
    // In a user namespace the kernel makes no device nodes and opens none on the mounts we give; rules add nothing but for devices that were asked for.
    devices: (linux.resources?.devices?.length ?? 0) > 0 && !userNamespace,
  })
  emitSettings(writer, launch, cgroups, process.terminal === true)

  const root = planRoot(writer, slots, launch, userNamespace)
  const context: MountContext = {
    writer, slots, root: root.slot, mount: slots.take(), target: slots.take(), proc: slots.take(), userns: userNamespace ? slots.take() : -1, legacyControllers: cgroups.legacyControllers,
  }
  const mounts = spec.mounts ?? []
  const binds = prepareBinds(context, mounts)
  if (!root.late) root.mount(-1)
  const joined = openJoined(writer, slots, linux)
  // A network namespace belongs to the user namespace of its maker, so one made ahead is for containers without one of their own.
  const network = (created & CLONE.NEWNET) !== 0 && !userNamespace ? slots.take() : -1
  if (network >= 0) writer.emit('setup', 'freshNetwork', { slot: network })
  const leave = userNamespace ? enterJoined(writer, slots, joined) : undefined
  writer.emit('setup', 'clone', {
    section: sections.indexOf('child'),
    // The cgroup namespace shows the cgroup that its maker is in, so it is left by the child once it is in all of its own. Time and user
    // namespaces of others are joined by setns.
    flags: created & ~(CLONE.NEWCGROUP | CLONE.NEWTIME | (network >= 0 ? CLONE.NEWNET : 0)),
    cgroup: cgroups.unifiedSlot,
    pidNamespace: joined.get('pid') ?? -1,
    withInit: launch.init ? 1 : 0,
  })
  leave?.()
  // Nobody but the container keeps its network alive.
  if (network >= 0) writer.emit('setup', 'close', { slot: network })
  if (userNamespace) emitUserNamespace(writer, context, linux, root, binds)
  if (spec.hooks && emitHooks(writer, spec.hooks, launch, STAGE_MOUNTED)) writer.emit('setup', 'signalPeer', { stage: STAGE_HOOKED })
  emitChild(spec, launch, { writer, context, cgroups, root, binds, joined, created, userNamespace, network })
  if (launch.health) emitExecInto(writer, { setup: 'probe', child: 'probeChild' }, new SlotAllocator(), spec, { ...launch.health.process, terminal: false }, { id: launch.id, cgroups: cgroups.directories })
  emitTeardown(writer, launch, cgroups)
  return writer.finish()
}

interface ChildPlan {
  writer: ProgramWriter
  context: MountContext
  cgroups: CgroupPlan
  root: RootPlan
  binds: Map<NonNullable<RuntimeSpec['mounts']>[number], PreparedBind>
  joined: Map<RuntimeNamespace['type'], number>
  created: number
  userNamespace: boolean
  /** Slot of a network namespace that is entered instead of made, or -1. */
  network: number
}

/** The namespaces that are made, as clone flags. */
function newNamespaces(linux: RuntimeLinux): number {
  let flags = 0
  for (const { type, path } of linux.namespaces ?? []) if (path === undefined) flags |= NAMESPACES[type]
  return flags >>> 0
}

/** Holds the namespaces of others before anything is changed. */
function openJoined(writer: ProgramWriter, slots: SlotAllocator, linux: RuntimeLinux): Map<RuntimeNamespace['type'], number> {
  const joined = new Map<RuntimeNamespace['type'], number>()
  for (const { type, path } of linux.namespaces ?? []) {
    if (path === undefined) continue
    const slot = slots.take()
    writer.emit('setup', 'open', { slot, path, flags: O.RDONLY })
    joined.set(type, slot)
  }
  return joined
}

const isJoinedByChild = (type: RuntimeNamespace['type']): boolean => type !== 'pid' && type !== 'user'

/**
 * A child that is born into a user namespace has no power over the namespaces of others. So the monitor enters them, makes the child there, and
 * comes back. Returns what emits the way back.
 */
function enterJoined(writer: ProgramWriter, slots: SlotAllocator, joined: Map<RuntimeNamespace['type'], number>): () => void {
  const own: { slot: number; flags: number }[] = []
  for (const [type, slot] of joined) {
    if (!isJoinedByChild(type)) continue
    const flags = NAMESPACES[type]
    const back = slots.take()
    writer.emit('setup', 'open', { slot: back, path: `/proc/self/ns/${FILES[type] ?? type}`, flags: O.RDONLY })
    writer.emit('setup', 'joinNamespace', { slot, flags })
    own.push({ slot: back, flags })
  }
  return () => {
    for (const { slot, flags } of own) writer.emit('setup', 'joinNamespace', { slot, flags })
  }
}

function idMap(mappings: RuntimeLinux['uidMappings']): string {
  return (mappings ?? []).map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('')
}

/** In the monitor, once the child has a user namespace: map its ids, then mount what has to know them and hand it over. */
function emitUserNamespace(writer: ProgramWriter, context: MountContext, linux: RuntimeLinux, root: RootPlan, binds: ChildPlan['binds']): void {
  writer.emit('setup', 'idMaps', { uidMap: idMap(linux.uidMappings), gidMap: idMap(linux.gidMappings), setgroups: 1 })
  writer.emit('setup', 'childNamespace', { slot: context.userns, name: 'user' })
  root.mount(context.userns)
  writer.emit('setup', 'signalPeer', { stage: STAGE_MAPPED })
  writer.emit('setup', 'passSlot', { slot: root.slot })
  handOverBinds(context, binds)
}

function emitChild(spec: RuntimeSpec, launch: LaunchOptions, plan: ChildPlan): void {
  const { writer, context, cgroups, root, binds, joined, created, userNamespace, network } = plan
  const linux = spec.linux ?? {}
  const process = spec.process!
  const emit: ProgramWriter['emit'] = writer.emit.bind(writer)
  // Modes are given in full; the program gets its umask at the end.
  emit('child', 'umask', { mask: 0 })
  // Into the v1 cgroups, by descriptors that were opened outside: a single-threaded task that writes 0 into tasks waits for nobody.
  for (const slot of cgroups.taskSlots) emit('child', 'writeSlot', { slot, bytes: '0' })
  if (created & CLONE.NEWCGROUP) emit('child', 'unshare', { flags: CLONE.NEWCGROUP })
  emitEarlyProcess(writer, 'child', process)
  if (created & CLONE.NEWTIME) {
    emit('child', 'unshare', { flags: CLONE.NEWTIME })
    const { monotonic, boottime } = linux.timeOffsets ?? {}
    const line = (clock: string, offset: typeof monotonic): string => (offset ? `${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n` : '')
    const offsets = line('monotonic', monotonic) + line('boottime', boottime)
    if (offsets) emit('child', 'writeFile', { path: '/proc/self/timens_offsets', bytes: offsets })
  }
  if (network >= 0) emit('child', 'joinNamespace', { slot: network, flags: CLONE.NEWNET })
  if (!userNamespace) for (const [type, slot] of joined) if (isJoinedByChild(type)) emit('child', 'joinNamespace', { slot, flags: NAMESPACES[type] })
  // Nothing that is mounted from here on reaches the host, and of the host's mounts at most what `slave` lets in.
  emit('child', 'propagation', { path: '/', flags: MS.REC | (linux.rootfsPropagation === 'slave' || linux.rootfsPropagation === 'shared' ? MS.SLAVE : MS.PRIVATE) })
  const [nothing, empty] = [context.slots.take(), context.slots.take()]
  emit('child', 'open', { slot: nothing, path: '/dev/null', flags: O.PATH })
  emit('child', 'open', { slot: empty, path: `${launch.runRoot}/shared/empty`, flags: O.PATH | O.DIRECTORY })
  const devices = userNamespace ? holdHostDevices(context, linux) : []
  if (userNamespace) {
    emit('child', 'awaitPeer', { stage: STAGE_MAPPED })
    emit('child', 'takeSlot', { slot: root.slot })
    takeBinds(context, binds)
  }
  const userSlot = joined.get('user')
  if (userSlot !== undefined) emit('child', 'joinNamespace', { slot: userSlot, flags: CLONE.NEWUSER })
  emit('child', 'attachMount', { slot: root.slot, path: `${launch.runRoot}/rootfs` })
  if (userNamespace || userSlot !== undefined) emit('child', 'setIds', { uid: 0, gid: 0, groups: [] })

  for (const mount of spec.mounts ?? []) emitMount(context, mount, binds.get(mount))
  emitDevices(context, linux, devices)
  if (spec.hostname !== undefined && created & CLONE.NEWUTS) emit('child', 'hostname', { name: spec.hostname })
  if (spec.domainname !== undefined && created & CLONE.NEWUTS) emit('child', 'domainname', { name: spec.domainname })
  if (created & CLONE.NEWNET && network < 0) emit('child', 'loopbackUp', {})
  emitSysctls(context, spec)
  // runc and Docker make the working directory; it belongs to the container's root.
  emit('child', 'makeTarget', { slot: context.target, root: root.slot, path: process.cwd, kind: 0 })
  for (const path of linux.readonlyPaths ?? []) emit('child', 'readonlyPath', { root: root.slot, path }, { ignoreMissing: true })
  for (const path of linux.maskedPaths ?? []) emit('child', 'maskPath', { root: root.slot, path, null: nothing, empty }, { ignoreMissing: true })
  if (spec.hooks?.prestart?.length || spec.hooks?.createRuntime?.length) {
    emit('child', 'signalPeer', { stage: STAGE_MOUNTED })
    emit('child', 'awaitPeer', { stage: STAGE_HOOKED })
  }
  if (spec.root?.readonly) emit('child', 'mountAttributes', { slot: root.slot, set: MOUNT_ATTR.RDONLY })
  emit('child', 'pivotRoot', { slot: root.slot })
  if (linux.rootfsPropagation === 'shared') emit('child', 'propagation', { path: '/', flags: MS.SHARED })
  if (linux.personality) emit('child', 'personality', { persona: linux.personality.domain === 'LINUX32' ? 8 : 0 })
  emitProcess({
    writer, section: 'child', root: root.slot, process, seccomp: linux.seccomp, userNamespace, init: launch.init === true, console: true, terminalSize: launch.terminalSize,
  })
}

/** A user namespace makes no device nodes: those of the host are bound, and have to be held while their paths can be walked. */
function holdHostDevices(context: MountContext, linux: RuntimeLinux): { slot: number; path: string }[] {
  return (linux.devices ?? []).map(({ path }) => {
    const slot = context.slots.take()
    context.writer.emit('child', 'openTree', { slot, path })
    return { slot, path }
  })
}

const LINKS = [['/dev/fd', '/proc/self/fd'], ['/dev/stdin', '/proc/self/fd/0'], ['/dev/stdout', '/proc/self/fd/1'], ['/dev/stderr', '/proc/self/fd/2'], ['/dev/core', '/proc/kcore'], ['/dev/ptmx', 'pts/ptmx']] as const
const TYPES = { c: MODE.character, u: MODE.character, b: MODE.block, p: MODE.fifo } as const

function emitDevices({ writer, root, target }: MountContext, linux: RuntimeLinux, held: readonly { slot: number; path: string }[]): void {
  for (const { slot, path } of held) {
    writer.emit('child', 'makeTarget', { slot: target, root, path, kind: 1 })
    writer.emit('child', 'moveMount', { slot, target })
  }
  if (held.length === 0) {
    for (const { type, path, major = 0, minor = 0, fileMode = 0o666, uid, gid } of linux.devices ?? []) {
      // makedev() of the kernel's 32-bit encoding
      const device = (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)
      writer.emit('child', 'makeNode', { root, path, mode: TYPES[type] | fileMode, device: device >>> 0, uid: uid || undefined, gid: gid || undefined })
    }
  }
  for (const [path, to] of LINKS) writer.emit('child', 'makeLink', { root, path, target: to })
}

/** Kernel settings are written through the procfs that was just mounted, never through whatever the image has at /proc. */
function emitSysctls({ writer, proc }: MountContext, spec: RuntimeSpec): void {
  const sysctls = Object.entries(spec.linux?.sysctl ?? {})
  if (sysctls.length === 0) return
  if (!(spec.mounts ?? []).some(({ type }) => type === 'proc')) writer.emit('child', 'mountNew', { slot: proc, type: 'proc', source: 'proc', options: [] })
  for (const [name, value] of sysctls) {
    writer.emit('child', 'writeFile', {
      at: proc, path: `sys/${name.replaceAll('.', '/')}`, bytes: value, resolve: RESOLVE.BENEATH | RESOLVE.NO_XDEV | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS,
    })
  }
}

function emitTeardown(writer: ProgramWriter, launch: LaunchOptions, cgroups: CgroupPlan): void {
  for (const path of cgroups.directories) writer.emit('stopped', 'removeCgroup', { path }, { ignoreErrors: true })
  for (const path of launch.remove?.files ?? []) writer.emit('teardown', 'removeFile', { path }, { ignoreErrors: true })
  for (const link of launch.remove?.links ?? []) writer.emit('teardown', 'removeLink', link, { ignoreErrors: true })
  for (const path of launch.remove?.trees ?? []) writer.emit('teardown', 'removeTree', { path }, { ignoreErrors: true })
  writer.emit('teardown', 'removeTree', { path: launch.runDirectory }, { ignoreErrors: true })
}
