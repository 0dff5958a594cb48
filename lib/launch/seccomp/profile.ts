/** The seccomp documents that containers get unless they bring their own: an allow list, written from the kernel's list of calls. */
import { release } from 'node:os'
import type { RuntimeSeccomp, RuntimeSyscall } from '../../oci/index.js'
import { type Machine, machine, thisMachine } from './architectures.js'
import { hasNone, isExactly } from './profile/arguments.js'
import { ordinaryCalls } from './profile/calls.js'
import { decisiveCapabilities, grants } from './profile/capabilities.js'
import { socketRules } from './profile/sockets.js'
import { share } from './shared-documents.js'

export interface DefaultSeccompOptions {
  /** 'sandbox' holds hostile code, 'compat' runs any image. */
  isolation: 'sandbox' | 'compat'
  /** What the container's processes can have (the bounding set), with or without 'CAP_'; 'ALL' for every one. */
  capabilities: readonly string[]
  /** Programs of 32 bits too (x64 only). Their socketcall(2) reaches every socket family. Default false. */
  thirtyTwoBit?: boolean
  /** The kernel's release. Default: this one's. */
  kernel?: string
  /** In Node's words. Default: this machine's. */
  arch?: string
}

const CLONE_NAMESPACES = 0x7e02_0000 // CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c
// PER_LINUX, PER_LINUX32, each with UNAME26, and "tell me". Others weaken address randomisation or emulate foreign systems.
const PERSONALITIES = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff]
const ENOSYS = 38
const EPERM = 1

/** Before it a tracer could change a call after the filter had seen it. */
const PTRACE_IS_FILTERED_SINCE = [4, 8] as const

const known = new Map<string, RuntimeSeccomp>()
const thisKernel = release()

/** The default document. The same options give the same, frozen object. */
export function defaultSeccomp(options: DefaultSeccompOptions): RuntimeSeccomp {
  const { isolation, capabilities, thirtyTwoBit = false, kernel = thisKernel } = options
  const target = options.arch === undefined ? thisMachine() : machine(options.arch)
  const all = capabilities.includes('ALL')
  const held = decisiveCapabilities.filter(
    (each) => all || capabilities.includes(each) || capabilities.includes(each.slice(4)),
  )
  const key = `${isolation} ${target} ${thirtyTwoBit} ${kernel} ${held.join()}`
  const made = known.get(key)
  if (made) return made
  const document = share(make(isolation === 'sandbox', new Set(held), thirtyTwoBit, kernel, target))
  known.set(key, document)
  return document
}

function make(
  sandbox: boolean,
  held: ReadonlySet<string>,
  thirtyTwoBit: boolean,
  kernel: string,
  target: Machine,
): RuntimeSeccomp {
  const allowed = new Set(ordinaryCalls)
  for (const each of grants)
    if (held.has(each.capability) && (each.sandbox || !sandbox)) for (const call of each.calls) allowed.add(call)
  if (!sandbox) {
    allowed.add('modify_ldt')
    // Tracing reaches what kill(2) reaches: processes of the same container and user.
    if (isAtLeast(kernel, PTRACE_IS_FILTERED_SINCE))
      for (const call of ['ptrace', 'process_vm_readv', 'process_vm_writev']) allowed.add(call)
    allowed.add('ioctl')
  }
  if (thirtyTwoBit) allowed.add('socketcall')
  const rules: RuntimeSyscall[] = [{ names: [...allowed], action: 'SCMP_ACT_ALLOW' }]
  rules.push(
    ...socketRules({ sandbox, rawNetwork: held.has('CAP_NET_RAW'), networkAdministration: held.has('CAP_NET_ADMIN') }),
  )
  for (const value of PERSONALITIES)
    rules.push({ names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [isExactly(0, value)] })
  if (!allowed.has('clone'))
    rules.push({ names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [hasNone(0, CLONE_NAMESPACES)] })
  rules.push({ names: missing(allowed), action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS })
  if (sandbox) rules.push(...terminalRules())
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: architectures(target, thirtyTwoBit),
    // Without the flag kernels before 5.16 turn the mitigation of speculative stores on for all under the filter; later ones only for those that ask.
    flags: sandbox ? [] : ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
    syscalls: rules,
  }
}

/**
 * Calls that are refused as if the kernel were older, as programs then take the way they took before: clone3, whose flags lie in
 * memory where no filter sees them, io_uring, whose operations no filter sees at all, and listns.
 */
function missing(allowed: ReadonlySet<string>): string[] {
  return ['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register', 'listns'].filter(
    (name) => !allowed.has(name),
  )
}

/**
 * A terminal that is shared with the host must not be typed into. (The strictest rule wins here; runc would drop the first two
 * for the last, so this document is for our own compiler.)
 */
function terminalRules(): RuntimeSyscall[] {
  const refused = [TIOCSTI, TIOCLINUX].map(
    (request): RuntimeSyscall => ({
      names: ['ioctl'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPERM,
      args: [isExactly(1, request)],
    }),
  )
  return [...refused, { names: ['ioctl'], action: 'SCMP_ACT_ALLOW' }]
}

function architectures(target: Machine, thirtyTwoBit: boolean): string[] {
  if (target === 'arm64') return ['SCMP_ARCH_AARCH64']
  return thirtyTwoBit ? ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] : ['SCMP_ARCH_X86_64']
}

/** Compares the first two numbers of a kernel release; what cannot be read counts as new. */
export function isAtLeast(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const found = /^(\d+)\.(\d+)/.exec(kernel)
  if (!found) return true
  return Number(found[1]) > major || (Number(found[1]) === major && Number(found[2]) >= minor)
}
