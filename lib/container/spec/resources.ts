/** Limits as the OCI spec has them. */
import { statSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeBlockIO, RuntimeCpu, RuntimeMemory, RuntimeResources, RuntimeThrottle } from '../../oci/index.js'
import type { NormalisedLimits } from '../options.js'
import type { BlockRate, Isolation } from '../types.js'
import { deviceNumbers } from './devices.js'

const PERIOD = 100_000

/** Without the rules about devices. Also what update() applies: only what was named is in it. */
export function limitResources(limits: NormalisedLimits, isolation: Isolation): RuntimeResources {
  const resources: RuntimeResources = {}
  const memory = memoryResources(limits, isolation)
  const cpu = cpuResources(limits)
  const blockIO = blockResources(limits)
  if (memory) resources.memory = memory
  if (cpu) resources.cpu = cpu
  if (blockIO) resources.blockIO = blockIO
  if (limits.pidsLimit !== undefined) resources.pids = { limit: limits.pidsLimit }
  return resources
}

function memoryResources(limits: NormalisedLimits, isolation: Isolation): RuntimeMemory | undefined {
  const { memory, memoryReservation, memorySwappiness, oomKillDisable } = limits
  const swap = limits.memorySwap ?? (memory === undefined ? undefined : memory * (isolation === 'sandbox' ? 1 : 2))
  return defined<RuntimeMemory>({
    limit: memory,
    swap,
    reservation: memoryReservation,
    swappiness: memorySwappiness,
    disableOOMKiller: oomKillDisable || undefined,
  })
}

function cpuResources(limits: NormalisedLimits): RuntimeCpu | undefined {
  const { cpus } = limits
  return defined<RuntimeCpu>({
    shares: limits.cpuShares,
    quota: cpus === undefined ? limits.cpuQuota : Math.round(cpus * PERIOD),
    period: cpus === undefined ? limits.cpuPeriod : PERIOD,
    cpus: limits.cpusetCpus,
    mems: limits.cpusetMems,
  })
}

function blockResources(limits: NormalisedLimits): RuntimeBlockIO | undefined {
  return defined<RuntimeBlockIO>({
    weight: limits.blkioWeight,
    throttleReadBpsDevice: throttles(limits.deviceReadBps, 'deviceReadBps'),
    throttleWriteBpsDevice: throttles(limits.deviceWriteBps, 'deviceWriteBps'),
    throttleReadIOPSDevice: throttles(limits.deviceReadIops, 'deviceReadIops'),
    throttleWriteIOPSDevice: throttles(limits.deviceWriteIops, 'deviceWriteIops'),
  })
}

function throttles(rates: readonly BlockRate[] | undefined, option: string): RuntimeThrottle[] | undefined {
  return rates?.map(({ path, rate }) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats?.isBlockDevice()) {
      throw new GantryError(
        'ERR_INVALID_OPTION',
        `${option}: ${path} is ${stats ? 'not a block device' : 'not there'}`,
        { path },
      )
    }
    const [major, minor] = deviceNumbers(stats.rdev)
    return { major, minor, rate: Number(rate) }
  })
}

/** The members that are defined; undefined when none is, so that no cgroup is made for nothing. */
function defined<Members extends object>(members: Members): Members | undefined {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return entries.length > 0 ? (Object.fromEntries(entries) as Members) : undefined
}
