/** Where cgroups are on this machine, and where a container's are: v1, v2, or both side by side. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CgroupLayout {
  /** Mount point of the v2 tree, if there is one. */
  readonly unified?: string
  /** Controllers that the v2 tree has. */
  readonly unifiedControllers: ReadonlySet<string>
  /** Mount points of v1 hierarchies by controller (cpu, memory, ...). */
  readonly legacy: ReadonlyMap<string, string>
  /** systemd's own v1 hierarchy, by which it ends a service with all that it started. */
  readonly systemd?: string
}

export interface CgroupPaths {
  /** Absent where there is no v2 tree. */
  readonly unified?: string
  /** By controller, and systemd's own; only those that exist on this machine. A container uses those that its limits need. */
  readonly legacy: Readonly<Record<string, string>>
}

/** The folder, in every hierarchy, below which all our cgroups are. */
export const CGROUP_PARENT = 'gantry'
const CONTROLLERS = new Set(['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'net_cls', 'net_prio', 'hugetlb', 'perf_event', 'rdma'])
const WANTED = ['cpu', 'cpuset', 'io', 'memory', 'pids']

let known: CgroupLayout | undefined

/** Read once a process. */
export function cgroupLayout(): CgroupLayout {
  if (known) return known
  let unified: string | undefined
  const legacy = new Map<string, string>()
  let systemd: string | undefined
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before, after] = line.split(' - ')
    if (!after) continue
    const path = before!.split(' ')[4]!
    const [type, , options] = after.split(' ')
    if (type === 'cgroup2') unified ??= path
    else if (type === 'cgroup' && options?.split(',').includes('name=systemd')) systemd = path
    else if (type === 'cgroup') for (const option of (options ?? '').split(',')) if (CONTROLLERS.has(option)) legacy.set(option, path)
  }
  const controllers = unified === undefined ? [] : readFileSync(join(unified, 'cgroup.controllers'), 'utf8').trim().split(' ')
  known = { unified, unifiedControllers: new Set(controllers.filter((name) => name && !legacy.has(name))), legacy, systemd }
  return known
}

/** The paths of a container's cgroups, whether they exist or not. */
export function cgroupPaths(id: string): CgroupPaths {
  const layout = cgroupLayout()
  const legacy: Record<string, string> = {}
  for (const [controller, mount] of layout.legacy) legacy[controller] = `${mount}/${CGROUP_PARENT}/${id}`
  if (layout.systemd !== undefined) legacy.systemd = `${layout.systemd}/${CGROUP_PARENT}/${id}`
  return { unified: layout.unified === undefined ? undefined : `${layout.unified}/${CGROUP_PARENT}/${id}`, legacy }
}

/**
 * The files into which a monitor that outlives its starter writes 0 to leave the starter's cgroups, in all hierarchies: whoever ends a
 * service, or limits it, does not mean the containers that it left running.
 */
export function monitorHome(): string[] {
  makeParentCgroups()
  const { legacy, systemd, unified } = cgroupLayout()
  const files = [...new Set([...legacy.values(), ...(systemd === undefined ? [] : [systemd])])].map((mount) => `${mount}/${CGROUP_PARENT}/monitors/tasks`)
  // The slow one last: the first write into cgroup.procs waits for an RCU grace period.
  return unified === undefined ? files : [...files, `${unified}/${CGROUP_PARENT}/monitors/cgroup.procs`]
}

let parentsMade = false

/** Makes the parent cgroups once a process, and lets the v2 one pass its controllers down. */
export function makeParentCgroups(): void {
  if (parentsMade) return
  const layout = cgroupLayout()
  for (const mount of new Set([...layout.legacy.values(), ...(layout.systemd === undefined ? [] : [layout.systemd])])) {
    mkdirSync(join(mount, CGROUP_PARENT, 'monitors'), { recursive: true })
  }
  const cpuset = layout.legacy.get('cpuset')
  if (cpuset !== undefined) {
    // A new v1 cpuset is empty, and nothing can run in it until it has processors and memory nodes.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      for (const directory of [CGROUP_PARENT, `${CGROUP_PARENT}/monitors`]) {
        const path = join(cpuset, directory, file)
        if (existsSync(path) && readFileSync(path, 'utf8').trim() === '') writeFileSync(path, readFileSync(join(cpuset, file), 'utf8'))
      }
    }
  }
  if (layout.unified !== undefined) {
    const parent = join(layout.unified, CGROUP_PARENT)
    mkdirSync(join(parent, 'monitors'), { recursive: true })
    for (const directory of [layout.unified, parent]) {
      for (const controller of WANTED) {
        if (!layout.unifiedControllers.has(controller)) continue
        try {
          writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`)
        } catch {
          // One that cannot be delegated here: a limit that needs it fails with a clear error when it is set.
        }
      }
    }
  }
  parentsMade = true
}
