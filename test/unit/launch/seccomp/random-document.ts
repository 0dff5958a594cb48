/** Seccomp documents by chance: every action, every operator, values that differ in either half. */
import type {
  RuntimeSeccomp,
  RuntimeSyscall,
  RuntimeSyscallArgument,
  SeccompAction,
  SeccompOperator,
} from '../../../../lib/oci/index.js'

const actions: SeccompAction[] = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
]
const operators: SeccompOperator[] = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
]

/** Calls that every table has under the same name and that libseccomp does not rewrite for i386 (socketcall, ipc). */
const names =
  `read write close lseek mmap mprotect munmap ioctl dup getpid clone execve exit kill uname fcntl flock fsync truncate getcwd
  chdir umask getuid personality prctl setpriority splice tee unshare setns openat mkdirat linkat bpf execveat statx rseq clone3
  no_such_call`.split(/\s+/)

const values = [
  0n,
  1n,
  2n,
  0x5412n,
  0xffff_fffen,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0001n,
  0xff00_0000_00ffn,
  0xffff_ffff_0000_0000n,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_ffff_ffffn,
]
const narrowValues = values.filter((value) => value <= 0xffff_ffffn)

/**
 * plain: of one call there is one rule, or several with EQ on one argument, and all have one action; beyond that libseccomp 2.5
 * merges comparisons wrongly (prctl arg0 < 0xff00000000ff or arg0 < 1 refuses arg0 = 0xfe9d7144). wild: anything.
 */
export function randomDocument(
  next: () => number,
  architectures: readonly string[],
  kind: 'plain' | 'wild',
): RuntimeSeccomp {
  const pick = <Item>(list: readonly Item[]): Item => list[next() % list.length] as Item
  // libseccomp compares the lower halves only for i386, where there is nothing else, and for x32, where there is.
  const narrow = architectures.some((name) => name === 'SCMP_ARCH_X86' || name === 'SCMP_ARCH_X32')
  const range = narrow ? narrowValues : values
  const syscalls: RuntimeSyscall[] = []
  if (kind === 'plain') for (const name of names) if (next() % 2) plainRules(name)
  if (kind === 'wild') {
    for (let count = 3 + (next() % 30); count > 0; count--) {
      const args = Array.from({ length: pick([0, 1, 1, 1, 2, 2, 3]) }, () => argument(next() % 6))
      syscalls.push({ names: [pick(names), pick(names)], ...action(), args })
    }
  }
  const defaultAction = pick(actions.filter((each) => each !== 'SCMP_ACT_NOTIFY'))
  return { defaultAction, defaultErrnoRet: 1, architectures: [...architectures], syscalls }

  function plainRules(name: string): void {
    const chosen = action()
    const index = next() % 4
    const shape = next() % 4
    if (shape === 0) syscalls.push({ names: [name], ...chosen })
    if (shape === 1) syscalls.push({ names: [name], ...chosen, args: [argument(index)] })
    if (shape === 2) syscalls.push({ names: [name], ...chosen, args: [argument(index), argument(index + 2)] })
    if (shape === 3) {
      for (const value of new Set([pick(range), pick(range), pick(range)])) {
        syscalls.push({ names: [name], ...chosen, args: [{ index, op: 'SCMP_CMP_EQ', value: value.toString() }] })
      }
    }
  }

  function action(): Pick<RuntimeSyscall, 'action' | 'errnoRet'> {
    const one = pick(actions)
    return one === 'SCMP_ACT_ERRNO' || one === 'SCMP_ACT_TRACE'
      ? { action: one, errnoRet: 1 + (next() % 100) }
      : { action: one }
  }

  function argument(index: number): RuntimeSyscallArgument {
    const op = pick(operators)
    const value = pick(range)
    const second = op === 'SCMP_CMP_MASKED_EQ' ? pick(range) & (next() % 4 === 0 ? -1n : value) : 0n
    return { index, op, value: value.toString(), valueTwo: second.toString() }
  }
}
