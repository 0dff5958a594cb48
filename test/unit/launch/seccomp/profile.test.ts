/** The default documents: what they let happen, what not, and what they cost. */
import { describe, expect, it } from 'vitest'
import { architecture } from '../../../../lib/launch/seccomp/architectures.js'
import { recent } from '../../../../lib/launch/seccomp/syscalls/recent.js'
import { compileSeccomp, type DefaultSeccompOptions, defaultSeccomp } from '../../../../lib/launch/seccomp.js'
import { run } from './bpf-machine.js'

const machines = [
  ['x64', 'SCMP_ARCH_X86_64'],
  ['arm64', 'SCMP_ARCH_AARCH64'],
] as const
const sandboxCapabilities = 'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE'.split(' ')
const compatCapabilities = [...sandboxCapabilities, ...'NET_RAW MKNOD AUDIT_WRITE SYS_CHROOT SETFCAP'.split(' ')]

const words = (text: string): string[] => text.trim().split(/\s+/)

/** What happens to a call: 'allow', or the errno. */
function outcome(options: DefaultSeccompOptions, name: string, args: bigint[] = []): string | number {
  const machine = machines.find(([arch]) => arch === (options.arch ?? 'x64')) as (typeof machines)[number]
  const { numbers, audit } = architecture(machine[1])
  const { filter } = compileSeccomp(defaultSeccomp({ arch: 'x64', ...options }), { arch: machine[0] })
  const { verdict } = run(filter, { number: numbers.get(name) as number, architecture: audit, args })
  return verdict === 0x7fff_0000 ? 'allow' : verdict & 0xffff
}

const sandbox: DefaultSeccompOptions = { isolation: 'sandbox', capabilities: sandboxCapabilities }
const compat: DefaultSeccompOptions = { isolation: 'compat', capabilities: compatCapabilities }
const refused = (options: DefaultSeccompOptions, names: string): string[] =>
  words(names).filter((name) => outcome(options, name) === 'allow')
const allowed = (options: DefaultSeccompOptions, names: string): string[] =>
  words(names).filter((name) => outcome(options, name) !== 'allow')

const modern = `rseq statx faccessat2 openat2 futex_waitv close_range pidfd_open pidfd_send_signal landlock_create_ruleset
  landlock_add_rule landlock_restrict_self membarrier epoll_pwait2 mseal cachestat process_madvise fchmodat2 memfd_create memfd_secret
  copy_file_range getrandom execveat io_submit io_pgetevents seccomp prlimit64 renameat2 preadv2 pwritev2 futex_wait map_shadow_stack
  setxattrat file_getattr statmount listmount rseq_slice_yield name_to_handle_at adjtimex mknodat`
const never = `keyctl add_key request_key userfaultfd kexec_load swapon swapoff nfsservctl migrate_pages move_pages`
const privileged = `mount umount2 pivot_root move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr unshare setns
  bpf perf_event_open init_module finit_module delete_module open_by_handle_at quotactl quotactl_fd reboot acct syslog
  sethostname setdomainname fanotify_init settimeofday clock_settime vhangup mbind get_mempolicy kcmp pidfd_getfd`

describe.each(machines)('on %s', (arch) => {
  it('both let modern programs live', () => {
    expect(allowed({ ...sandbox, arch }, modern)).toEqual([])
    expect(allowed({ ...compat, arch }, modern)).toEqual([])
  })

  it('both refuse what needs a privilege that is not there', () => {
    expect(
      refused({ ...sandbox, arch }, `${privileged} ${never} ptrace process_vm_readv process_vm_writev chroot`),
    ).toEqual([])
    expect(refused({ ...compat, arch }, `${privileged} ${never}`)).toEqual([])
    expect(refused({ ...compat, capabilities: ['ALL'], arch }, never)).toEqual([])
  })

  it('both are small and shallow, and the kernel can cache what they say to common calls', () => {
    for (const options of [sandbox, compat]) {
      const { filter } = compileSeccomp(defaultSeccomp({ ...options, arch }), { arch })
      expect(filter.length / 8).toBeLessThan(200)
      const { numbers, audit } = architecture(arch === 'x64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64')
      for (const name of words(
        'read write close openat newfstatat mmap futex epoll_pwait recvfrom sendto clock_gettime',
      )) {
        const { steps, readsArguments } = run(filter, { number: numbers.get(name) as number, architecture: audit })
        expect(steps).toBeLessThanOrEqual(12)
        expect(readsArguments).toBe(false)
      }
    }
  })
})

describe('the default documents', () => {
  it('give calls that arrived with a capability', () => {
    const grants = {
      SYS_ADMIN: 'mount umount2 unshare setns clone3 pivot_root bpf perf_event_open quotactl sethostname',
      SYS_PTRACE: 'ptrace process_vm_readv kcmp pidfd_getfd',
      SYS_CHROOT: 'chroot',
      SYS_NICE: 'mbind set_mempolicy get_mempolicy set_mempolicy_home_node',
      SYS_MODULE: 'init_module finit_module delete_module',
      SYS_TIME: 'settimeofday clock_settime',
      DAC_READ_SEARCH: 'open_by_handle_at',
      SYS_BOOT: 'reboot',
      SYS_RAWIO: 'iopl ioperm',
      BPF: 'bpf',
      PERFMON: 'perf_event_open',
      SYSLOG: 'syslog',
      SYS_PACCT: 'acct',
      SYS_TTY_CONFIG: 'vhangup',
    }
    for (const [capability, calls] of Object.entries(grants)) {
      for (const name of [capability, `CAP_${capability}`, 'ALL']) {
        expect(allowed({ isolation: 'compat', capabilities: [name] }, calls)).toEqual([])
      }
    }
  })

  it('keep what acts on the host as a whole out of the sandbox, whatever it holds', () => {
    const options: DefaultSeccompOptions = { isolation: 'sandbox', capabilities: ['ALL'] }
    expect(
      refused(options, 'bpf perf_event_open init_module open_by_handle_at quotactl reboot iopl settimeofday syslog'),
    ).toEqual([])
    expect(allowed(options, 'mount unshare clone3 ptrace chroot')).toEqual([])
  })

  it('refuse new namespaces by clone, and hide clone3', () => {
    for (const options of [sandbox, compat]) {
      expect(outcome(options, 'clone', [0x11n])).toBe('allow')
      expect(outcome(options, 'clone', [0x003d_0f00n])).toBe('allow')
      for (const flag of [0x2_0000n, 0x200_0000n, 0x400_0000n, 0x800_0000n, 0x1000_0000n, 0x2000_0000n, 0x4000_0000n]) {
        expect(outcome(options, 'clone', [flag | 0x11n])).toBe(1)
        expect(outcome(options, 'clone', [flag | 0xff00_0000_0000_0000n])).toBe(1)
      }
      expect(outcome(options, 'clone3')).toBe(38)
      expect(outcome(options, 'io_uring_setup')).toBe(38)
    }
    expect(outcome({ isolation: 'compat', capabilities: ['SYS_ADMIN'] }, 'clone', [0x1000_0011n])).toBe('allow')
  })

  it('let sockets of few families be made', () => {
    const families = (options: DefaultSeccompOptions): number[] =>
      Array.from({ length: 64 }, (_, family) => family).filter(
        (family) => outcome(options, 'socket', [BigInt(family)]) === 'allow',
      )
    expect(families(sandbox)).toEqual([1, 2, 10, 16])
    expect(families(compat)).toEqual([1, 2, 10, 16, 17])
    expect(families({ isolation: 'sandbox', capabilities: ['NET_RAW'] })).toEqual([1, 2, 10, 16, 17])
    expect(families({ isolation: 'compat', capabilities: ['ALL'] })).toEqual([1, 2, 10, 15, 16, 17, 44])
    expect(outcome(sandbox, 'socket', [38n])).toBe(97)
    expect(outcome(sandbox, 'socket', [16n, 3n, 9n])).toBe(93)
    expect(outcome(compat, 'socket', [16n, 3n, 9n])).toBe('allow')
    expect(outcome({ isolation: 'sandbox', capabilities: ['NET_ADMIN'] }, 'socket', [16n, 3n, 12n])).toBe('allow')
  })

  it('keep hands off terminals in the sandbox, whatever the upper half of the request', () => {
    for (const request of [0x5412n, 0x541cn, 0xdead_0000_5412n]) {
      expect(outcome(sandbox, 'ioctl', [0n, request])).toBe(1)
      expect(outcome(compat, 'ioctl', [0n, request])).toBe('allow')
    }
    expect(outcome(sandbox, 'ioctl', [0n, 0x5413n])).toBe('allow')
  })

  it('know five personalities', () => {
    for (const value of [0n, 8n, 0x2_0000n, 0x2_0008n, 0xffff_ffffn])
      expect(outcome(sandbox, 'personality', [value])).toBe('allow')
    for (const value of [0x4_0000n, 0x40_0000n, 6n]) expect(outcome(compat, 'personality', [value])).toBe(1)
  })

  it('allow tracing in compat since Linux 4.8', () => {
    expect(outcome({ ...compat, kernel: '4.7.10' }, 'ptrace')).toBe(1)
    for (const kernel of ['4.8', '4.19.0-1-amd64', '6.1.0', 'unreadable']) {
      expect(outcome({ ...compat, kernel }, 'ptrace')).toBe('allow')
      expect(outcome({ ...sandbox, kernel }, 'ptrace')).toBe(1)
    }
  })

  it('name the newest call, so that what follows gives ENOSYS', () => {
    const newest = words(recent).at(-1) as string
    for (const options of [sandbox, compat]) {
      const names = defaultSeccomp(options).syscalls?.flatMap((rule) => rule.names)
      expect(names).toContain(newest)
    }
  })

  it('name only calls that exist somewhere', () => {
    const tables = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_AARCH64'].map((name) => architecture(name).numbers)
    const document = defaultSeccomp({ isolation: 'compat', capabilities: ['ALL'], thirtyTwoBit: true })
    const names = document.syscalls?.flatMap((rule) => rule.names) ?? []
    // 32-bit ARM has these.
    const elsewhere = ['recv', 'send']
    expect(names.filter((name) => !elsewhere.includes(name) && !tables.some((table) => table.has(name)))).toEqual([])
  })

  it('are made once, and cannot be changed', () => {
    const document = defaultSeccomp(sandbox)
    expect(defaultSeccomp({ ...sandbox, capabilities: [...sandboxCapabilities].reverse() })).toBe(document)
    expect(defaultSeccomp({ ...sandbox, capabilities: sandboxCapabilities.map((name) => `CAP_${name}`) })).toBe(
      document,
    )
    expect(defaultSeccomp(compat)).not.toBe(document)
    expect(() => document.syscalls?.push({ names: ['mount'], action: 'SCMP_ACT_ALLOW' })).toThrow(TypeError)
    expect(() => document.syscalls?.[0]?.names.push('mount')).toThrow(TypeError)
  })
})
