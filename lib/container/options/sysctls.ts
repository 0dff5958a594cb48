/** Kernel parameters that belong to a namespace of the container; every other one is the whole machine's and is refused. */
import { mapOf, type Reader, Refusal, shown } from './refusal.js'

const IPC = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
])

export type SysctlNamespace = 'ipc' | 'network' | 'uts'

/** The namespace that holds a parameter, undefined for the machine's own. Names have dots here. */
export function sysctlNamespace(name: string): SysctlNamespace | undefined {
  if (IPC.has(name) || name.startsWith('fs.mqueue.')) return 'ipc'
  if (name.startsWith('net.')) return 'network'
  return name === 'kernel.domainname' ? 'uts' : undefined
}

const NAME = /^[a-z0-9_-]+(?:[./][\w@:-]+)+$/i

/** sysctl(8): the first separator says which of `.` and `/` separates; the other one is then part of a name (`net/ipv4/conf/eth0.1/forwarding`). */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0]
  return separator === '/' ? name.replace(/[./]/g, (char) => (char === '/' ? '.' : '/')) : name
}

/** Names come out with dots. Whether the container has the namespace for itself is for conflicts.ts. */
export const readSysctls: Reader<Record<string, string>> = (value) => {
  const given = mapOf((item, key) => {
    if (key === 'kernel.hostname') throw new Refusal("must be given as the option 'hostname'")
    if (!NAME.test(key) || sysctlNamespace(dotted(key)) === undefined) {
      throw new Refusal(
        'is not a kernel parameter of a container (allowed are net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem and kernel.domainname)',
      )
    }
    if (typeof item !== 'string' && (typeof item !== 'number' || !Number.isFinite(item))) {
      throw new Refusal(`must be a text or a number, not ${shown(item)}`)
    }
    return String(item)
  })(value)
  return Object.fromEntries(Object.entries(given).map(([name, setting]) => [dotted(name), setting]))
}
