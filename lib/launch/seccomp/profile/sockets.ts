/**
 * Which sockets may be made. Every address family is a parser of the kernel that a stranger can reach (AF_ALG: CVE-2026-31431,
 * AF_VSOCK: a way past the network namespace), and few are used. Others give EAFNOSUPPORT, which programs expect and get over.
 */
import type { RuntimeSyscall } from '../../../oci/index.js'
import { INT, isExactly } from './arguments.js'

const UNIX = 1
const INET = 2
const INET6 = 10
const KEY = 15
const NETLINK = 16
const PACKET = 17
const XDP = 44

const NETLINK_ROUTE = 0
const EPROTONOSUPPORT = 93
const EAFNOSUPPORT = 97

export interface SocketOptions {
  sandbox: boolean
  /** Packet sockets have the kernel's own check; the sandbox lets them in with the capability only. */
  rawNetwork: boolean
  networkAdministration: boolean
}

export function socketRules(options: SocketOptions): RuntimeSyscall[] {
  const families = [UNIX, INET, INET6, NETLINK]
  if (!options.sandbox || options.rawNetwork) families.push(PACKET)
  if (options.networkAdministration) families.push(KEY, XDP)
  const allow = 'SCMP_ACT_ALLOW'
  const refuse = { action: 'SCMP_ACT_ERRNO', errnoRet: EAFNOSUPPORT } as const
  const rules: RuntimeSyscall[] = families.map((family) => ({
    names: ['socket'],
    action: allow,
    args: [isExactly(0, family)],
  }))
  const highest = Math.max(...families)
  for (let family = 0; family < highest; family++) {
    if (!families.includes(family)) rules.push({ names: ['socket'], ...refuse, args: [isExactly(0, family)] })
  }
  rules.push({ names: ['socket'], ...refuse, args: [{ index: 0, op: 'SCMP_CMP_GT', value: highest }] })
  // libaudit takes this errno for "no audit here"; with EPERM every login and package script fails.
  if (options.sandbox && !options.networkAdministration) {
    const other = { index: 2, op: 'SCMP_CMP_NE', value: NETLINK_ROUTE } as const
    rules.push({
      names: ['socket'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPROTONOSUPPORT,
      args: [isExactly(0, NETLINK), other],
    })
  }
  rules.push({
    names: ['socketpair'],
    action: allow,
    args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: INT, valueTwo: UNIX }],
  })
  return rules
}
