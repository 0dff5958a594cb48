import type { Stats } from '../../container/types.js'
import { binarySize, humanSize, type Listing, shortId } from '../format/index.js'

export const statsListing: Listing = {
  table: '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}',
  quiet: '{{.ID}}',
  headings: {
    Container: 'CONTAINER', ID: 'CONTAINER ID', Name: 'NAME', CPUPerc: 'CPU %', MemUsage: 'MEM USAGE / LIMIT', MemPerc: 'MEM %', NetIO: 'NET I/O', BlockIO: 'BLOCK I/O', PIDs: 'PIDS',
  },
}

export interface StatsFacts {
  /** The name by which the user asked. */ asked: string
  id: string
  name: string
  /** null before the first numbers are there; 'stopped' for a container that does not run. */ stats: Stats | null | 'stopped'
}

export function statsRow({ asked, id, name, stats }: StatsFacts, whole: boolean): object {
  const show = (text: (numbers: Stats) => string, stopped: string) => (stats === null ? '--' : stats === 'stopped' ? stopped : text(stats))
  const total = (numbers: Stats, field: 'rxBytes' | 'txBytes') => Object.values(numbers.network).reduce((sum, one) => sum + one[field], 0)
  return {
    Container: asked,
    get ID() { return whole ? id : shortId(id) },
    Name: name,
    get CPUPerc() { return show(({ cpu }) => `${cpu.percent.toFixed(2)}%`, '0.00%') },
    get MemUsage() { return show(({ memory }) => `${binarySize(memory.usageBytes)} / ${binarySize(memory.limitBytes)}`, '0B / 0B') },
    get MemPerc() { return show(({ memory }) => `${memory.percent.toFixed(2)}%`, '0.00%') },
    get NetIO() { return show((numbers) => `${humanSize(total(numbers, 'rxBytes'))} / ${humanSize(total(numbers, 'txBytes'))}`, '0B / 0B') },
    get BlockIO() { return show(({ blockIo }) => `${humanSize(blockIo.readBytes)} / ${humanSize(blockIo.writeBytes)}`, '0B / 0B') },
    get PIDs() { return show(({ pids }) => String(pids.current), '0') },
  }
}
