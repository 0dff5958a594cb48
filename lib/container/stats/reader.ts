import { setTimeout as sleep } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import type { Stats } from '../types.js'
import { cpuPercent, type HostCpu, readCpu, readHostCpu } from './cpu.js'
import { readBlockIo, readPressure } from './io.js'
import { readMemory } from './memory.js'
import { readNetwork } from './network.js'
import type { StatsSource } from './source.js'
import { readNumber } from './text.js'

/** Reads the numbers of one container again and again; CPU percent is that since the read before, and 0 in the first. */
export class StatsReader {
  readonly #source: StatsSource
  #previous: { usageUs: number; host: HostCpu } | undefined

  constructor(source: StatsSource) {
    this.#source = source
  }

  read(): Stats {
    const source = this.#source
    const usage = readCpu(source)
    const host = readHostCpu()
    const before = this.#previous
    this.#previous = { usageUs: usage.usageUs, host }
    const percent = before ? cpuPercent(usage.usageUs, before.usageUs, host, before.host) : 0
    return {
      time: new Date(),
      cpu: { ...usage, percent, onlineCpus: host.online },
      memory: readMemory(source),
      pids: readPids(source),
      network: readNetwork(source),
      blockIo: readBlockIo(source),
      pressure: readPressure(source),
    }
  }
}

function readPids({ cgroups }: StatsSource): Stats['pids'] {
  const current = readNumber(cgroups.pids, 'pids.current')
  const directory = current === undefined ? cgroups.unified : cgroups.pids
  return {
    current: current ?? readNumber(directory, 'pids.current') ?? 0,
    limit: readNumber(directory, 'pids.max') ?? null,
  }
}

/** The numbers of this moment. CPU percent is 0: it needs two moments, see `measureStats`. */
export function statsOf(source: StatsSource): Stats {
  return new StatsReader(source).read()
}

export interface StatsStreamOptions {
  /** Milliseconds between samples. Default 1000. */ intervalMs?: number
  /** Rejects with ERR_ABORTED when it fires. */ signal?: AbortSignal
  /** Ends the stream when the container has ended. */ alive?: () => boolean | Promise<boolean>
}

/** The numbers, with the CPU percent over one interval: what `stats --no-stream` prints. */
export async function measureStats(source: StatsSource, options: StatsStreamOptions = {}): Promise<Stats> {
  const reader = new StatsReader(source)
  reader.read()
  await pause(options.intervalMs ?? 1000, options.signal)
  return reader.read()
}

/** A sample at once (its CPU percent is 0), then one every interval, without drift, until the container has ended. */
export async function* watchStats(
  source: StatsSource,
  options: StatsStreamOptions = {},
): AsyncGenerator<Stats, void, undefined> {
  const { intervalMs = 1000, signal, alive = () => true } = options
  if (!(intervalMs > 0)) throw new GantryError('ERR_INVALID_OPTION', `interval: ${intervalMs} is not a time above 0`)
  const reader = new StatsReader(source)
  let due = performance.now()
  while (await alive()) {
    yield reader.read()
    // A consumer that is late gets the next sample at the next whole interval, not several at once.
    const late = Math.max(0, performance.now() - due)
    due += intervalMs * (1 + Math.floor(late / intervalMs))
    await pause(Math.max(0, due - performance.now()), signal)
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal })
  } catch (error) {
    if (signal?.reason instanceof GantryError) throw signal.reason
    throw new GantryError('ERR_ABORTED', 'reading statistics was aborted', { cause: error })
  }
}
