/** Limits: OCI `linux.resources` -> cgroup directories, what is written into their files, and how the child gets in. */
import { existsSync, readFileSync } from 'node:fs'
import type { RuntimeResources } from '../../oci/index.js'
import { type CgroupLayout, cgroupLayout, cgroupPaths, makeParentCgroups } from '../cgroups.js'
import { deviceProgram, deviceRuleLines } from '../device-program.js'
import { O } from '../kernel.js'
import type { ExecLaunchOptions } from '../options.js'
import type { ProgramWriter } from '../program.js'
import type { SectionName } from '../tables.js'
import type { SlotAllocator } from './slots.js'

/** A file of a cgroup and its new content, in the order of writing. */
export interface CgroupWrite {
  controller: string
  file: string
  value: string
}

/** v1 file contents; the order matters where the kernel checks one file against another. */
export function legacyWrites(resources: RuntimeResources): CgroupWrite[] {
  const writes: CgroupWrite[] = []
  const add = (controller: string, file: string, value: string | number | undefined): void => {
    if (value !== undefined) writes.push({ controller, file, value: String(value) })
  }
  const { memory, cpu, pids, blockIO } = resources
  if (memory) {
    add('memory', 'memory.limit_in_bytes', memory.limit)
    // -1 is what a fresh cgroup has; a kernel without swap accounting has no such file.
    if (memory.swap !== -1) add('memory', 'memory.memsw.limit_in_bytes', memory.swap)
    add('memory', 'memory.soft_limit_in_bytes', memory.reservation)
    add('memory', 'memory.swappiness', memory.swappiness)
    if (memory.disableOOMKiller) add('memory', 'memory.oom_control', 1)
  }
  if (cpu) {
    add('cpu', 'cpu.shares', cpu.shares)
    add('cpu', 'cpu.cfs_period_us', cpu.period)
    add('cpu', 'cpu.cfs_quota_us', cpu.quota)
    add('cpu', 'cpu.cfs_burst_us', cpu.burst)
    add('cpu', 'cpu.idle', cpu.idle)
    add('cpuset', 'cpuset.cpus', cpu.cpus || undefined)
    add('cpuset', 'cpuset.mems', cpu.mems || undefined)
  }
  if (pids) add('pids', 'pids.max', pids.limit > 0 ? pids.limit : 'max')
  if (blockIO) {
    add('blkio', 'blkio.bfq.weight', blockIO.weight)
    for (const device of blockIO.weightDevice ?? []) add('blkio', 'blkio.bfq.weight_device', `${device.major}:${device.minor} ${device.weight}`)
    for (const [file, list] of [
      ['read_bps_device', blockIO.throttleReadBpsDevice],
      ['write_bps_device', blockIO.throttleWriteBpsDevice],
      ['read_iops_device', blockIO.throttleReadIOPSDevice],
      ['write_iops_device', blockIO.throttleWriteIOPSDevice],
    ] as const) {
      for (const device of list ?? []) add('blkio', `blkio.throttle.${file}`, `${device.major}:${device.minor} ${device.rate}`)
    }
  }
  return writes
}

/** OCI's 2..262144 shares on v2's 1..10000 weights (the conversion that the runtimes agree on). */
export const sharesToWeight = (shares: number): number => (shares === 0 ? 0 : Math.floor(1 + ((shares - 2) * 9999) / 262142))

/** v2 file contents. */
export function unifiedWrites(resources: RuntimeResources): CgroupWrite[] {
  const writes: CgroupWrite[] = []
  const add = (file: string, value: string | number | undefined): void => {
    if (value !== undefined) writes.push({ controller: file.split('.')[0]!, file, value: String(value) })
  }
  const { memory, cpu, pids, blockIO } = resources
  if (memory) {
    if (memory.limit !== undefined) add('memory.max', memory.limit < 0 ? 'max' : memory.limit)
    if (memory.swap !== undefined) add('memory.swap.max', memory.swap < 0 ? 'max' : Math.max(0, memory.swap - (memory.limit ?? 0)))
    add('memory.low', memory.reservation)
  }
  if (cpu) {
    if (cpu.shares) add('cpu.weight', sharesToWeight(cpu.shares))
    if (cpu.quota !== undefined || cpu.period !== undefined) add('cpu.max', `${cpu.quota && cpu.quota > 0 ? cpu.quota : 'max'} ${cpu.period ?? 100000}`)
    add('cpu.max.burst', cpu.burst)
    add('cpu.idle', cpu.idle)
    add('cpuset.cpus', cpu.cpus || undefined)
    add('cpuset.mems', cpu.mems || undefined)
  }
  if (pids) add('pids.max', pids.limit > 0 ? pids.limit : 'max')
  if (blockIO) {
    if (blockIO.weight !== undefined) add('io.bfq.weight', blockIO.weight)
    for (const [key, list] of [
      ['rbps', blockIO.throttleReadBpsDevice],
      ['wbps', blockIO.throttleWriteBpsDevice],
      ['riops', blockIO.throttleReadIOPSDevice],
      ['wiops', blockIO.throttleWriteIOPSDevice],
    ] as const) {
      for (const device of list ?? []) add('io.max', `${device.major}:${device.minor} ${key}=${device.rate}`)
    }
  }
  for (const [file, value] of Object.entries(resources.unified ?? {})) add(file, value)
  return writes
}

/** The v1 hierarchies that a container joins, by mount point. */
function hierarchies(layout: CgroupLayout, writes: CgroupWrite[], which: 'needed' | 'all', devices: boolean): Set<string> {
  const mounts = new Set<string>()
  for (const [controller, mount] of layout.legacy) {
    const needed = writes.some((write) => write.controller === controller) || (controller === 'devices' && devices)
    if (needed || (which === 'all' && controller !== 'devices' && (controller !== 'freezer' || layout.unified === undefined))) mounts.add(mount)
  }
  return mounts
}

export interface CgroupPlan {
  /** Slot of the v2 directory to clone into, or -1. */
  readonly unifiedSlot: number
  /** Slots of the v1 tasks files: the child writes 0 into each. */
  readonly taskSlots: readonly number[]
  /** Directories to remove at the end. */
  readonly directories: readonly string[]
  /** v1 controllers that the container is in, with the mount option of each hierarchy. */
  readonly legacyControllers: readonly string[]
}

/** Emits the making of the cgroups into `setup`. */
export function emitCgroups(
  writer: ProgramWriter,
  slots: SlotAllocator,
  id: string,
  resources: RuntimeResources,
  options: { hierarchies: 'needed' | 'all'; devices: boolean },
): CgroupPlan {
  makeParentCgroups()
  const layout = cgroupLayout()
  const paths = cgroupPaths(id)
  const writes = legacyWrites(resources).filter(({ controller }) => layout.legacy.has(controller))
  const mounts = hierarchies(layout, writes, options.hierarchies, options.devices)
  const directories: string[] = []
  const taskSlots: number[] = []
  const legacyControllers: string[] = []
  for (const mount of mounts) {
    const controllers = [...layout.legacy].filter(([, at]) => at === mount).map(([controller]) => controller)
    const directory = paths.legacy[controllers[0]!]!
    directories.push(directory)
    legacyControllers.push(...controllers)
    writer.emit('setup', 'makeDirectory', { path: directory, mode: 0o755 })
    if (controllers.includes('cpuset')) emitCpusetDefaults(writer, mount, directory, writes)
    for (const write of writes) {
      if (controllers.includes(write.controller)) writer.emit('setup', 'writeFile', { path: `${directory}/${write.file}`, bytes: write.value })
    }
    if (controllers.includes('devices') && options.devices) {
      for (const { file, line } of deviceRuleLines(resources.devices ?? [])) writer.emit('setup', 'writeFile', { path: `${directory}/${file}`, bytes: line })
    }
    const slot = slots.take()
    writer.emit('setup', 'open', { slot, path: `${directory}/tasks`, flags: O.WRONLY })
    taskSlots.push(slot)
  }
  // systemd ends a service by what is in its own hierarchy: a container that outlives its starter must not be found there.
  if (options.hierarchies === 'all' && paths.legacy.systemd !== undefined) {
    const slot = slots.take()
    writer.emit('setup', 'makeDirectory', { path: paths.legacy.systemd, mode: 0o755 })
    writer.emit('setup', 'open', { slot, path: `${paths.legacy.systemd}/tasks`, flags: O.WRONLY })
    directories.push(paths.legacy.systemd)
    taskSlots.push(slot)
  }
  let unifiedSlot = -1
  if (paths.unified !== undefined) {
    unifiedSlot = slots.take()
    directories.push(paths.unified)
    writer.emit('setup', 'makeDirectory', { path: paths.unified, mode: 0o755 })
    for (const write of unifiedWrites(resources)) {
      if (layout.unifiedControllers.has(write.controller)) writer.emit('setup', 'writeFile', { path: `${paths.unified}/${write.file}`, bytes: write.value })
    }
    writer.emit('setup', 'open', { slot: unifiedSlot, path: paths.unified, flags: O.DIRECTORY })
    if (options.devices && !layout.legacy.has('devices')) {
      writer.emit('setup', 'deviceProgram', { cgroup: unifiedSlot, instructions: deviceProgram(resources.devices ?? []) })
    }
  }
  return { unifiedSlot, taskSlots, directories, legacyControllers }
}

/** A v1 cpuset has to be given processors and memory nodes before anything may enter it. */
function emitCpusetDefaults(writer: ProgramWriter, mount: string, directory: string, writes: CgroupWrite[]): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!writes.some((write) => write.file === file)) writer.emit('setup', 'writeFile', { path: `${directory}/${file}`, bytes: machineSet(mount, file) })
  }
}

const machineSets = new Map<string, string>()
function machineSet(mount: string, file: string): string {
  let value = machineSets.get(file)
  if (value === undefined) machineSets.set(file, (value = readFileSync(`${mount}/${file}`, 'utf8').trim()))
  return value
}

/** How an exec gets into the cgroups of its container: those that exist now (an update may have added one). A probe is compiled before they exist. */
export function emitJoinCgroups(writer: ProgramWriter, section: SectionName, slots: SlotAllocator, options: ExecLaunchOptions): { unifiedSlot: number; taskSlots: readonly number[] } {
  const paths = cgroupPaths(options.id)
  const directories = options.cgroups ?? [...new Set(Object.values(paths.legacy))].filter((path) => existsSync(path))
  const taskSlots: number[] = []
  for (const directory of directories) {
    if (directory === paths.unified) continue
    const slot = slots.take()
    writer.emit(section, 'open', { slot, path: `${directory}/tasks`, flags: O.WRONLY })
    taskSlots.push(slot)
  }
  if (paths.unified === undefined) return { unifiedSlot: -1, taskSlots }
  const unifiedSlot = slots.take()
  writer.emit(section, 'open', { slot: unifiedSlot, path: paths.unified, flags: O.DIRECTORY })
  return { unifiedSlot, taskSlots }
}
