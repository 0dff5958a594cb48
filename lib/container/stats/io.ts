import type { Stats } from '../types.js'
import type { StatsSource } from './source.js'
import { readText } from './text.js'

/** Bytes and operations on block devices. */
export function readBlockIo({ cgroups }: StatsSource): Stats['blockIo'] {
  if (cgroups.blkio !== undefined) {
    const bytes = sumOperations(cgroups.blkio, 'io_service_bytes')
    const operations = sumOperations(cgroups.blkio, 'io_serviced')
    return { readBytes: bytes.read, writeBytes: bytes.write, reads: operations.read, writes: operations.write }
  }
  const total = { rbytes: 0, wbytes: 0, rios: 0, wios: 0 }
  for (const [, key, value] of readText(cgroups.unified, 'io.stat').matchAll(/\b(rbytes|wbytes|rios|wios)=(\d+)/g)) {
    total[key as keyof typeof total] += Number(value)
  }
  return { readBytes: total.rbytes, writeBytes: total.wbytes, reads: total.rios, writes: total.wios }
}

/** The bfq scheduler counts in files of its own, and then the others stay at 0. */
function sumOperations(directory: string, name: string): { read: number; write: number } {
  for (const policy of ['throttle', 'bfq']) {
    const sum = { read: 0, write: 0 }
    for (const [, kind, value] of readText(directory, `blkio.${policy}.${name}_recursive`).matchAll(
      /^\d+:\d+ (Read|Write) (\d+)$/gm,
    )) {
      sum[kind === 'Read' ? 'read' : 'write'] += Number(value)
    }
    if (sum.read + sum.write > 0) return sum
  }
  return { read: 0, write: 0 }
}

/** Pressure stall information; null where the kernel or the hierarchy has none. `some10` and `full10` are percent over 10 s. */
export function readPressure({ cgroups }: StatsSource): Stats['pressure'] {
  const read = (kind: string): Stats['pressure']['cpu'] => {
    const text = readText(cgroups.unified, `${kind}.pressure`)
    const some = /^some avg10=([\d.]+).* total=(\d+)/m.exec(text)
    const full = /^full avg10=([\d.]+)/m.exec(text)
    return some ? { some10: Number(some[1]), full10: Number(full?.[1] ?? 0), totalUs: Number(some[2]) } : null
  }
  return { cpu: read('cpu'), memory: read('memory'), io: read('io') }
}
