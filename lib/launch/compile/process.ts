/** The last steps before a program runs, shared by containers, execs and health probes. */
import { readFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeProcess, RuntimeSeccomp } from '../../oci/index.js'
import { capabilityMask, RLIMITS } from '../kernel.js'
import type { ProgramWriter } from '../program.js'
import { compileSeccomp } from '../seccomp.js'
import type { SectionName } from '../tables.js'

export interface ProcessContext {
  writer: ProgramWriter
  section: SectionName
  /** Slot of the root directory, for the terminal. */
  root: number
  process: RuntimeProcess
  seccomp?: RuntimeSeccomp
  userNamespace: boolean
  init: boolean
  /** The first process gets a /dev/console. */
  console: boolean
  terminalSize?: { rows: number; columns: number }
}

const SIGKILL = 9
const IO_CLASSES = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const
const POLICIES = { SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_ISO: 4, SCHED_IDLE: 5, SCHED_DEADLINE: 6 } as const
const SCHEDULER_FLAGS: Readonly<Record<string, number>> = {
  SCHED_FLAG_RESET_ON_FORK: 1, SCHED_FLAG_RECLAIM: 2, SCHED_FLAG_DL_OVERRUN: 4, SCHED_FLAG_KEEP_POLICY: 8, SCHED_FLAG_KEEP_PARAMS: 16,
  SCHED_FLAG_UTIL_CLAMP_MIN: 32, SCHED_FLAG_UTIL_CLAMP_MAX: 64,
}

let bounding: bigint | undefined
/** What this machine lets us hand on at all: outside a user namespace nobody can give more than he has. */
function ownBoundingSet(): bigint {
  bounding ??= BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`)
  return bounding
}

let protection: boolean | undefined
/** Whether this process is kept from the kernel's choice when memory is short: its containers are not to be. */
function isProtected(): boolean {
  protection ??= Number(readFileSync('/proc/self/oom_score_adj', 'utf8')) < 0
  return protection
}

/** Steps of the child that need the host's /proc or its privileges: emitted before the root is changed and namespaces are joined. */
export function emitEarlyProcess(writer: ProgramWriter, section: SectionName, process: RuntimeProcess): void {
  const oomScore = process.oomScoreAdj ?? (isProtected() ? 0 : undefined)
  if (oomScore !== undefined) writer.emit(section, 'writeFile', { path: '/proc/self/oom_score_adj', bytes: String(oomScore) })
  if (process.apparmorProfile) writer.emit(section, 'writeFile', { path: '/proc/self/attr/apparmor/exec', bytes: `exec ${process.apparmorProfile}` })
  if (process.selinuxLabel) writer.emit(section, 'writeFile', { path: '/proc/self/attr/exec', bytes: process.selinuxLabel })
  for (const { type, soft, hard } of process.rlimits ?? []) {
    const resource = RLIMITS[type]
    if (resource === undefined) throw new GantryError('ERR_INVALID_OPTION', `unknown resource limit ${type}`)
    writer.emit(section, 'rlimit', { resource, soft: unlimited(soft), hard: unlimited(hard) })
  }
  if (process.scheduler) {
    const { policy, flags = [], nice = 0, priority, runtime, deadline, period } = process.scheduler
    const bits = flags.reduce((all, flag) => all | (SCHEDULER_FLAGS[flag] ?? 0), 0)
    writer.emit(section, 'scheduler', { policy: POLICIES[policy], flags: bits, nice, priority, runtime, deadline, period })
  }
  if (process.ioPriority) writer.emit(section, 'ioPriority', { value: (IO_CLASSES[process.ioPriority.class] << 13) | process.ioPriority.priority })
  const cpus = process.execCPUAffinity?.final ?? process.execCPUAffinity?.initial
  if (cpus) writer.emit(section, 'cpuAffinity', { mask: affinityMask(cpus) })
}

/** -1, and what a JavaScript number cannot tell from it, is RLIM_INFINITY. */
const unlimited = (value: number): number | bigint => (value < 0 || value >= 2 ** 63 ? 0xffffffffffffffffn : value)

function affinityMask(cpus: string): Uint8Array {
  const mask = new Uint8Array(128)
  for (const part of cpus.split(',')) {
    const [first, last = first] = part.split('-').map(Number)
    for (let cpu = first!; cpu <= last!; cpu++) mask[cpu >> 3]! |= 1 << (cpu & 7)
  }
  return mask
}

/** From inside the container to the program. */
export function emitProcess(context: ProcessContext): void {
  const { writer, section, process, userNamespace } = context
  const { user } = process
  writer.emit(section, 'newSession', {})
  if (process.terminal) {
    const size = context.terminalSize ?? (process.consoleSize ? { rows: process.consoleSize.height, columns: process.consoleSize.width } : undefined)
    writer.emit(section, 'openTerminal', { root: context.root, rows: size?.rows ?? 0, columns: size?.columns ?? 0, uid: user.uid, gid: -1, bindConsole: context.console ? 1 : 0 })
  }
  writer.emit(section, 'standardStreams', {})
  // Root may enter a directory that the user cannot; the user may enter one that root cannot (a network file system).
  writer.emit(section, 'workingDirectory', { path: process.cwd }, { ignoreErrors: user.uid !== 0 })
  writer.emit(section, 'umask', { mask: user.umask ?? 0o022 })
  const filter = context.seccomp ? compileSeccomp(context.seccomp) : undefined
  if (filter?.notify) {
    throw new GantryError('ERR_NOT_SUPPORTED', 'the seccomp profile has SCMP_ACT_NOTIFY rules, and nobody here would answer them', {
      hint: 'use SCMP_ACT_ERRNO or SCMP_ACT_ALLOW for these calls',
    })
  }
  const emitFilter = (): void => {
    if (filter) writer.emit(section, 'seccomp', { filter: filter.filter, flags: filter.flags })
  }
  // Without no_new_privs a filter needs CAP_SYS_ADMIN, which is about to go; with it the filter comes last, to see as little as it can.
  if (!process.noNewPrivileges) emitFilter()
  const limit = userNamespace ? ~0n : ownBoundingSet()
  const sets = process.capabilities ?? {}
  writer.emit(section, 'dropBounding', { mask: capabilityMask(sets.bounding) & limit })
  writer.emit(section, 'setIds', { uid: user.uid, gid: user.gid, groups: user.additionalGids ?? [] })
  if (user.uid !== 0) writer.emit(section, 'workingDirectory', { path: process.cwd })
  const [effective, permitted, inheritable, ambient] = [sets.effective, sets.permitted, sets.inheritable, sets.ambient].map((names) => capabilityMask(names) & limit)
  writer.emit(section, 'capabilities', { effective, permitted, inheritable, ambient })
  if (process.noNewPrivileges) writer.emit(section, 'noNewPrivileges', {})
  writer.emit(section, 'parentDeathSignal', { signal: SIGKILL })
  writer.emit(section, 'closeRange', {})
  if (process.noNewPrivileges) emitFilter()
  if (context.init) writer.emit(section, 'init', {})
  const argv = process.args ?? []
  const env = process.env ?? []
  writer.emit(section, 'execute', { candidates: commandCandidates(argv[0] ?? '', env), argv, env })
}

/** Where a command may be: itself when it names a path, else in each directory of the container's PATH. */
export function commandCandidates(command: string, env: readonly string[]): string[] {
  if (command === '') throw new GantryError('ERR_INVALID_OPTION', 'the command is empty')
  if (command.includes('/')) return [command]
  let path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  for (const entry of env) if (entry.startsWith('PATH=')) path = entry.slice(5)
  return path.split(':').map((directory) => `${directory || '.'}/${command}`)
}
