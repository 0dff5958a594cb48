/**
 * Which sockets may be made. Every address family is a parser of the kernel that a stranger can reach (AF_ALG: CVE-2026-31431,
 * AF_VSOCK: a way past the network namespace), and few are used. Others give EAFNOSUPPORT, which programs expect and get over.
 */
import type { RuntimeSyscall, RuntimeSyscallArgument, SeccompOperator } from '../../../oci/index.js'
import { isExactly } from './arguments.js'

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
  const families = [UNIX, INET, INET6]
  if (!options.sandbox || options.rawNetwork) families.push(PACKET)
  if (options.networkAdministration) families.push(KEY, XDP)
  const rules: RuntimeSyscall[] = families.map((family) => allow('socket', compare(0, 'SCMP_CMP_EQ', family)))
  const netlink = compare(0, 'SCMP_CMP_EQ', NETLINK)
  if (options.sandbox && !options.networkAdministration) {
    rules.push(allow('socket', netlink, compare(2, 'SCMP_CMP_EQ', NETLINK_ROUTE)))
    // libaudit takes this errno for "no audit here"; with EPERM every login and many package scripts fail.
    rules.push(refuse(EPROTONOSUPPORT, netlink, compare(2, 'SCMP_CMP_NE', NETLINK_ROUTE)))
  } else rules.push(allow('socket', netlink))
  const highest = Math.max(...families, NETLINK)
  for (let family = 0; family < highest; family++) {
    if (family !== NETLINK && !families.includes(family)) rules.push(refuse(EAFNOSUPPORT, isExactly(0, family)))
  }
  // Also every register whose upper half is not empty.
  rules.push(refuse(EAFNOSUPPORT, compare(0, 'SCMP_CMP_GT', highest)))
  rules.push(allow('socketpair', compare(0, 'SCMP_CMP_EQ', UNIX)))
  return rules
}

function compare(index: number, op: SeccompOperator, value: number): RuntimeSyscallArgument {
  return { index, op, value }
}

function allow(name: string, ...args: RuntimeSyscallArgument[]): RuntimeSyscall {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args }
}

function refuse(errnoRet: number, ...args: RuntimeSyscallArgument[]): RuntimeSyscall {
  return { names: ['socket'], action: 'SCMP_ACT_ERRNO', errnoRet, args }
}
