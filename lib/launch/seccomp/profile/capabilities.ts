/** System calls that a container gets together with a capability: the kernel asks for that capability, or nearly, in each of them. */
import { words } from './calls.js'

export interface Grant {
  capability: string
  /** In `sandbox` too. The others open parts of the kernel that hostile code has no use for but attack, or act on the host as a whole. */
  sandbox: boolean
  calls: readonly string[]
}

function grant(capability: string, sandbox: boolean, calls: string): Grant {
  return { capability: `CAP_${capability}`, sandbox, calls: words(calls) }
}

export const grants: readonly Grant[] = [
  grant(
    'SYS_ADMIN',
    true,
    `clone clone3 unshare setns mount umount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
    mount_setattr sethostname setdomainname listns lsm_set_self_attr`,
  ),
  grant(
    'SYS_ADMIN',
    false,
    'bpf perf_event_open fanotify_init fanotify_mark lookup_dcookie quotactl quotactl_fd syslog',
  ),
  grant('SYS_CHROOT', true, 'chroot'),
  grant('SYS_PTRACE', true, 'ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd'),
  grant('SYS_NICE', true, 'get_mempolicy set_mempolicy mbind set_mempolicy_home_node'),
  grant('SYS_TTY_CONFIG', true, 'vhangup'),
  grant('DAC_READ_SEARCH', false, 'open_by_handle_at'),
  grant('BPF', false, 'bpf'),
  grant('PERFMON', false, 'perf_event_open'),
  grant('SYSLOG', false, 'syslog'),
  grant('SYS_BOOT', false, 'reboot'),
  grant('SYS_MODULE', false, 'init_module finit_module delete_module'),
  grant('SYS_PACCT', false, 'acct'),
  grant('SYS_RAWIO', false, 'ioperm iopl'),
  grant('SYS_TIME', false, 'settimeofday stime clock_settime clock_settime64'),
]

/** In the order of their first grant; the bits of a key. */
export const decisiveCapabilities: readonly string[] = [
  ...new Set(grants.map((each) => each.capability)),
  'CAP_NET_RAW',
  'CAP_NET_ADMIN',
]
