/** Which capabilities a container has: Docker's arithmetic on the set of its isolation. */
import { GantryError } from '../../errors/index.js'
import { CAPABILITIES } from '../../launch/index.js'
import type { RuntimeCapabilities } from '../../oci/index.js'
import { machine, type NormalisedSpec } from '../options.js'

/** Docker's fourteen. */
export const compatCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]

/** Enough to install a package and to serve a port, inside a user namespace. */
export const sandboxCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
]

/** What can be handed on: everything the kernel knows in a user namespace of one's own, else what this process has itself. */
export function availableCapabilities(userNamespace: boolean): readonly string[] {
  const { capabilities, lastCapability } = machine()
  return CAPABILITIES.filter(
    (_, number) => number <= lastCapability && (userNamespace || (capabilities >> BigInt(number)) & 1n),
  )
}

/** The bounding set of a container. Privileged: all; adding ALL: all but the dropped; dropping ALL: the added ones only. */
export function containerCapabilities(spec: NormalisedSpec, userNamespace: boolean): readonly string[] {
  const { capAdd = [], capDrop = [] } = spec
  const base = spec.isolation === 'sandbox' ? sandboxCapabilities : compatCapabilities
  if (!spec.privileged && capAdd.length === 0 && capDrop.length === 0) return base
  const available = availableCapabilities(userNamespace)
  if (spec.privileged) return available
  for (const name of capAdd) if (name !== 'ALL' && !available.includes(name)) refuse(name)
  if (capAdd.includes('ALL')) return available.filter((name) => !capDrop.includes(name))
  if (capDrop.includes('ALL')) return capAdd
  const kept = base.filter((name) => !capDrop.includes(name))
  return [...kept, ...capAdd.filter((name) => !kept.includes(name))]
}

function refuse(name: string): never {
  const known = CAPABILITIES.indexOf(name) <= machine().lastCapability
  throw new GantryError(
    'ERR_NOT_SUPPORTED',
    `capAdd: ${name} ${known ? 'is not among the capabilities of this process, so it cannot be handed on' : 'is not known to this kernel'}`,
    known
      ? { hint: "isolation: 'sandbox' has a user namespace, where it can be had (over what belongs to that namespace)" }
      : {},
  )
}

/** The five sets of a process. A user who is not root gets none to begin with, as execve would leave it; inheritable and ambient stay empty (CVE-2022-29162). */
export function processCapabilities(bounding: readonly string[], uid: number): RuntimeCapabilities {
  const held = uid === 0 ? bounding : []
  return { bounding: [...bounding], effective: [...held], permitted: [...held], inheritable: [], ambient: [] }
}
