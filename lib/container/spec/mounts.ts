/** The mounts of a container: the kernel's file systems, the image's own, then the user's, parents before their children. */
import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeMount } from '../../oci/index.js'
import { mergeTmpfsOptions } from '../options/tmpfs.js'
import type { NormalisedBind, NormalisedMount, NormalisedSpec, NormalisedTmpfs } from '../options.js'
import { sharedContainer } from '../options.js'
import { type ContainerResolver, processOf } from './namespaces.js'

export interface MountPlan {
  spec: NormalisedSpec
  userNamespace: boolean
  /** Of the image: where its parts are bound from. */
  imageMounts: readonly { source: string; target: string; readOnly: boolean }[]
  /** Files of the host that become the container's. */
  files: { hosts?: string; hostname?: string; resolvConf?: string }
  /** Devices that are bound rather than made. */
  boundDevices: readonly { source: string; target: string }[]
  resolve?: ContainerResolver
}

const SHM_SIZE = 64 * 1024 * 1024
const KERNEL_FLAGS = ['nosuid', 'noexec', 'nodev']

export function mounts(plan: MountPlan): RuntimeMount[] {
  const own = [...userMounts(plan), ...containerFiles(plan)].sort((a, b) => depth(a.destination) - depth(b.destination))
  const taken = new Set(own.map((mount) => mount.destination))
  const system = systemMounts(plan).filter(({ destination }) => {
    // A /dev of the user's own is meant to be what is in it.
    return !taken.has(destination) && !(destination.startsWith('/dev/') && taken.has('/dev'))
  })
  const image = plan.imageMounts.filter(({ target }) => !taken.has(target)).map(imageMount)
  return [...image, ...system, ...own]
}

/** Components of a path; sort() keeps the order of equals. */
function depth(path: string): number {
  let count = 0
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count++
  return count
}

function imageMount({ source, target, readOnly }: MountPlan['imageMounts'][number]): RuntimeMount {
  return { destination: target, type: 'bind', source, options: ['rbind', 'rprivate', ...(readOnly ? ['ro'] : [])] }
}

function systemMounts(plan: MountPlan): RuntimeMount[] {
  const { spec, resolve } = plan
  const access = spec.privileged ? 'rw' : 'ro'
  const list: RuntimeMount[] = [
    procMount(plan),
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    sysMount(plan, access),
  ]
  if (spec.isolation === 'compat')
    list.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...KERNEL_FLAGS, access] })
  list.push(queueMount(plan))
  const shm = sharedMemory(spec, resolve)
  if (shm) list.push(shm)
  return list
}

/** The file system of a namespace that is shared: a user namespace may make a new one only of namespaces that belong to it. */
function shared(destination: string, pid: number | undefined, ...options: string[]): RuntimeMount {
  const source = pid === undefined ? destination : ofContainer(pid, destination)
  return { destination, type: 'bind', source, options: ['bind', 'private', ...KERNEL_FLAGS, ...options] }
}

function ownerOf(
  mode: string | undefined,
  kind: 'network' | 'pid' | 'ipc',
  resolve: ContainerResolver | undefined,
): number | undefined {
  const other = sharedContainer(mode)
  return other === undefined ? undefined : processOf(other, kind, resolve)
}

function procMount({ spec, userNamespace, resolve }: MountPlan): RuntimeMount {
  if (userNamespace && spec.pid !== undefined) return shared('/proc', ownerOf(spec.pid, 'pid', resolve))
  const options = spec.isolation === 'sandbox' ? [...KERNEL_FLAGS, 'hidepid=2'] : [...KERNEL_FLAGS]
  return { destination: '/proc', type: 'proc', source: 'proc', options }
}

function sysMount({ spec, userNamespace, resolve }: MountPlan, access: string): RuntimeMount {
  if (userNamespace && spec.network !== 'none') return shared('/sys', ownerOf(spec.network, 'network', resolve), 'ro')
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...KERNEL_FLAGS, access] }
}

function queueMount({ spec, userNamespace, resolve }: MountPlan): RuntimeMount {
  const foreign = spec.ipc === 'host' || sharedContainer(spec.ipc) !== undefined
  if (userNamespace && foreign) return shared('/dev/mqueue', ownerOf(spec.ipc, 'ipc', resolve))
  return { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: [...KERNEL_FLAGS] }
}

/** /dev/shm goes with the IPC namespace. */
function sharedMemory(
  { ipc, shmSize = SHM_SIZE }: NormalisedSpec,
  resolve: ContainerResolver | undefined,
): RuntimeMount | undefined {
  if (ipc === 'none') return undefined
  if (ipc === 'host' || sharedContainer(ipc) !== undefined) return shared('/dev/shm', ownerOf(ipc, 'ipc', resolve))
  return {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: [...KERNEL_FLAGS, 'mode=1777', `size=${shmSize}`],
  }
}

/**
 * A directory of another container, as the host sees it. Its image may have made a link of any component, which would lead out into the host;
 * a mount point cannot be swapped for one later.
 */
function ofContainer(pid: number, path: string): string {
  let walked = `/proc/${pid}/root`
  for (const component of path.split('/').slice(1)) {
    walked += `/${component}`
    if (!lstatSync(walked, { throwIfNoEntry: false })?.isDirectory()) {
      throw new GantryError('ERR_MOUNT', `cannot share ${path} of the other container: it is not a directory there`, {
        path: walked,
      })
    }
  }
  return walked
}

function containerFiles({ spec, files, userNamespace }: MountPlan): RuntimeMount[] {
  const given: [string, string | undefined][] = [
    ['/etc/resolv.conf', files.resolvConf],
    ['/etc/hostname', files.hostname],
    ['/etc/hosts', files.hosts],
  ]
  const taken = (target: string) => spec.mounts?.some((mount) => mount.target === target)
  // In a user namespace they belong to nobody that the container knows.
  const options = spec.readOnly || userNamespace ? ['bind', 'private', 'ro'] : ['bind', 'private']
  return given.flatMap(([destination, source]) => {
    return source === undefined || taken(destination) ? [] : [{ destination, type: 'bind', source, options }]
  })
}

function userMounts({ spec, userNamespace, boundDevices }: MountPlan): RuntimeMount[] {
  const given = (spec.mounts ?? []).map((mount: NormalisedMount) =>
    mount.type === 'bind' ? bindMount(mount, userNamespace) : tmpfsMount(mount),
  )
  const tmpfs = Object.entries(spec.tmpfs ?? {}).map(([destination, options]) => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: mergeTmpfsOptions(options.split(',')),
  }))
  const devices = boundDevices.map(({ source, target }) => ({
    destination: target,
    type: 'bind',
    source,
    options: ['bind', 'private', 'nosuid', 'noexec'],
  }))
  return [...given, ...tmpfs, ...devices]
}

function bindMount(mount: NormalisedBind, userNamespace: boolean): RuntimeMount {
  ensureSource(mount)
  const options = [mount.recursive ? 'rbind' : 'bind', mount.propagation]
  if (mount.readOnly) options.push(mount.recursive ? 'rro' : 'ro')
  // No cgroup rule stands before devices here, and another container may have made a node in what is shared with it; `devices` is the way.
  if (userNamespace) options.push(mount.recursive ? 'rnodev' : 'nodev')
  if (userNamespace && mount.idmap !== false) options.push(mount.recursive ? 'ridmap' : 'idmap')
  return { destination: mount.target, type: 'bind', source: mount.source, options }
}

function ensureSource({ source, target, createSource }: NormalisedBind): void {
  try {
    if (statSync(source, { throwIfNoEntry: false })) return
    if (createSource) {
      mkdirSync(source, { recursive: true, mode: 0o755 })
      return
    }
  } catch (cause) {
    const { code, errno, syscall } = cause as NodeJS.ErrnoException
    throw new GantryError('ERR_MOUNT', `cannot mount ${source} on ${target}: ${code ?? String(cause)}`, {
      path: source,
      errno: errno && Math.abs(errno),
      syscall,
      cause,
    })
  }
  throw new GantryError(
    'ERR_MOUNT',
    `cannot mount ${source} on ${target}: there is no such file or directory on the host`,
    {
      path: source,
      hint: 'make it first, or give the mount createSource: true',
    },
  )
}

function tmpfsMount({ target, size, mode = 0o1777, readOnly, options }: NormalisedTmpfs): RuntimeMount {
  const given = [...options, `mode=${mode.toString(8)}`]
  if (size !== undefined) given.push(`size=${size}`)
  if (readOnly) given.push('ro')
  return { destination: target, type: 'tmpfs', source: 'tmpfs', options: mergeTmpfsOptions(given) }
}
