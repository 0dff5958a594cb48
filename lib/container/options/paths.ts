/** Readers of paths: absolute and normalised, so that two spellings of one place are one text. */
import { posix } from 'node:path'
import { type Reader, Refusal, shown, text } from './refusal.js'

export const absolutePath: Reader<string> = (value) => {
  const path = text(value)
  if (!path.startsWith('/')) throw new Refusal(`must be an absolute path, not ${shown(path)}`)
  const normal = posix.normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

/** What runc lets be mounted below /proc (lxcfs's files); all else there would blind the protections of /proc. */
const BELOW_PROC = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/net/dev',
  '/proc/slabinfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/sys/crypto/fips_enabled',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/uptime',
])

/** Where something of the user's may be mounted. */
export const mountTarget: Reader<string> = (value) => {
  const path = absolutePath(value)
  if (path === '/') throw new Refusal("must not be '/': the root of the container is its image")
  if (path === '/proc' || (path.startsWith('/proc/') && !BELOW_PROC.has(path))) {
    throw new Refusal(`must not be inside /proc, not ${shown(path)}: it would hide what protects the host`)
  }
  return path
}
