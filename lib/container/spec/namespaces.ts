/** Which namespaces a container has, which it shares, and how its user ids map. */
import { GantryError } from '../../errors/index.js'
import type { RuntimeIdMapping, RuntimeNamespace, RuntimeNamespaceType } from '../../oci/index.js'
import type { NormalisedSpec } from '../options.js'
import { sharedContainer } from '../options.js'

/** The user ids of the host that are a container's 0 ... size - 1. */
export interface IdRange {
  base: number
  size: number
}

/** Finds the first process of a running container by its id or name; throws where there is none, or it does not share. */
export type ContainerResolver = (idOrName: string, kind: 'network' | 'pid' | 'ipc') => number

/** Whether the container needs a range of user ids. */
export function hasUserNamespace(spec: NormalisedSpec): boolean {
  return spec.userns === undefined ? spec.isolation === 'sandbox' : spec.userns === 'private'
}

/** The containers whose namespaces this one shares: they must be running when it starts. */
export function sharedContainers(spec: NormalisedSpec): string[] {
  const all = [spec.network, spec.pid, spec.ipc].map((mode) => sharedContainer(mode))
  return [...new Set(all.filter((id) => id !== undefined))]
}

export function namespaces(spec: NormalisedSpec, resolve: ContainerResolver | undefined): RuntimeNamespace[] {
  const list: RuntimeNamespace[] = [{ type: 'mount' }]
  const add = (type: RuntimeNamespaceType, mode: string | undefined, kind: 'network' | 'pid' | 'ipc'): void => {
    if (mode === 'host') return
    const other = sharedContainer(mode)
    if (other === undefined) list.push({ type })
    else list.push({ type, path: `/proc/${processOf(other, kind, resolve)}/ns/${kind === 'network' ? 'net' : kind}` })
  }
  add('network', spec.network, 'network')
  add('pid', spec.pid, 'pid')
  add('ipc', spec.ipc, 'ipc')
  if (spec.uts !== 'host') list.push({ type: 'uts' })
  if (spec.cgroupns !== 'host') list.push({ type: 'cgroup' })
  if (hasUserNamespace(spec)) list.push({ type: 'user' })
  if (spec.timeOffsets) list.push({ type: 'time' })
  return list
}

export function processOf(id: string, kind: 'network' | 'pid' | 'ipc', resolve: ContainerResolver | undefined): number {
  if (resolve) return resolve(id, kind)
  throw new GantryError(
    'ERR_CONTAINER_NOT_FOUND',
    `cannot share the ${kind} namespace of container ${id}: it was not looked up`,
  )
}

export function idMappings(range: IdRange | undefined): RuntimeIdMapping[] {
  if (range) return [{ containerID: 0, hostID: range.base, size: range.size }]
  throw new GantryError(
    'ERR_ISOLATION',
    'a container with a user namespace needs a range of user ids, and none was given',
    {
      hint: "isolation: 'compat' or userns: 'host' needs none",
    },
  )
}
