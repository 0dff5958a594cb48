import { readlinkSync } from 'node:fs'
import type { Stats } from '../types.js'
import type { StatsSource } from './source.js'
import { readText } from './text.js'

/** Counters of each interface of the container but `lo`; none when it has the network of this process: that traffic is not its own. */
export function readNetwork({ pid }: StatsSource): Stats['network'] {
  const interfaces: Stats['network'] = {}
  if (pid <= 0 || namespaceOf(pid) === namespaceOf('self')) return interfaces
  for (const line of readText(`/proc/${pid}/net`, 'dev').split('\n').slice(2)) {
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 0 || name === 'lo' || name === '__proto__') continue
    const field = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    const [
      rxBytes = 0,
      rxPackets = 0,
      rxErrors = 0,
      rxDropped = 0,
      ,
      ,
      ,
      ,
      txBytes = 0,
      txPackets = 0,
      txErrors = 0,
      txDropped = 0,
    ] = field
    interfaces[name] = { rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }
  }
  return interfaces
}

function namespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
