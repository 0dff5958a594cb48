/** Changes the limits and the restart policy of a container, live. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { cgroupLayout, cgroupPaths, type CgroupWrite, legacyWrites, unifiedWrites } from '../../launch/index.js'
import type { Store } from '../../store/index.js'
import { announce } from '../disk/journal.js'
import { announced } from '../disk/intent.js'
import { writeRecord } from '../disk/record.js'
import { currentState, isLive } from '../disk/state.js'
import { type NormalisedSpec, parseContainerSpec, parseUpdateOptions } from '../options.js'
import { limitResources } from '../spec/index.js'
import type { ContainerSpec, LimitOptions, Restart } from '../types.js'
import { changing } from './change.js'
import { hasEnded, isGone, linkTo, refusal } from './link.js'

export type UpdateOptions = LimitOptions & { restart?: ContainerSpec['restart'] | Restart }

const policies = { no: 0, 'on-failure': 1, always: 2, 'unless-stopped': 3 } as const

/** All of the limits, or none of them: what cannot be set leaves the container as it was. */
export function updateContainer(store: Store, id: string, options: UpdateOptions): Promise<void> {
  return changing(store, id, async (record) => {
    const current = record.spec as NormalisedSpec
    const { restart, ...limits } = parseUpdateOptions(options, current)
    const next = { ...current, ...limits, ...(restart ? { restart } : {}) }
    // New and old replace each other: cpus is a quota and a period in one.
    if (limits.cpus !== undefined) Object.assign(next, { cpuQuota: undefined, cpuPeriod: undefined })
    else if (limits.cpuQuota !== undefined || limits.cpuPeriod !== undefined) next.cpus = undefined
    const spec = parseContainerSpec(next)
    const live = isLive(currentState(store, id).status)
    if (live && Object.keys(limits).length > 0) {
      // The swap that belongs to a memory limit is decided by both.
      const named = limits.memory !== undefined ? { ...limits, memorySwap: limits.memorySwap ?? current.memorySwap } : limits
      try {
        applyLimits(id, limitResources(named, spec.isolation))
      } catch (error) {
        // When it has ended meanwhile its cgroups are gone, and the limits are for its next start.
        if (isLive(currentState(store, id).status) && hasCgroups(id)) throw error
      }
    }
    const rule = restart ? { policy: restart.policy, maximum: restart.maximumRetryCount } : record.restart
    if (restart && live) {
      const link = linkTo(store, id)
      const asked = link?.request('settings', { policy: policies[rule.policy], maximum: rule.maximum })
      const reply = await asked?.catch((error: unknown) => {
        if (!hasEnded(error)) throw error
      })
      if (reply?.name === 'refused' && !isGone(reply.fields.errno)) throw refusal(id, 'update', reply.fields.errno)
    }
    const updated = { ...record, spec, restart: rule }
    announced(store, id, () => writeRecord(store, updated))
    announce(store, updated, 'update')
  })
}

function hasCgroups(id: string): boolean {
  const { unified, legacy } = cgroupPaths(id)
  return [...Object.values(legacy), ...(unified === undefined ? [] : [unified])].some((path) => existsSync(path))
}

interface Target {
  path: string
  value: string
}

function applyLimits(id: string, resources: ReturnType<typeof limitResources>): void {
  const layout = cgroupLayout()
  const paths = cgroupPaths(id)
  const target = ({ file, value }: CgroupWrite, directory: string): Target => ({ path: `${directory}/${file}`, value })
  const targets = [
    ...legacyWrites(resources).flatMap((write) => (paths.legacy[write.controller] === undefined ? [] : [target(write, paths.legacy[write.controller]!)])),
    ...unifiedWrites(resources).flatMap((write) => (paths.unified !== undefined && layout.unifiedControllers.has(write.controller) ? [target(write, paths.unified)] : [])),
  ]
  const before = targets.map(({ path }) => ({ path, value: read(path) }))
  try {
    writeAll(targets)
  } catch (error) {
    for (const { path, value } of before.reverse()) if (value !== undefined) tryWrite(path, value)
    throw error
  }
}

/** The kernel checks one file against another (memory against memory and swap), so what is refused is tried again after the others. */
function writeAll(targets: readonly Target[]): void {
  const refused = targets.filter(({ path, value }) => tryWrite(path, value) !== undefined)
  for (const { path, value } of refused) {
    const error = tryWrite(path, value)
    if (!error) continue
    const file = path.slice(path.lastIndexOf('/') + 1)
    const hint = error.code === 'EBUSY' ? 'the container uses more than that now' : error.code === 'ENOENT' ? 'this kernel, or this container, has no such limit' : undefined
    throw new GantryError('ERR_LIMIT', `Cannot set ${file} to ${value}: ${error.message}`, { path, errno: error.errno && Math.abs(error.errno), syscall: error.syscall, hint, cause: error })
  }
}

function tryWrite(path: string, value: string): NodeJS.ErrnoException | undefined {
  try {
    writeFileSync(path, value, { flag: 'r+' })
    return undefined
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
