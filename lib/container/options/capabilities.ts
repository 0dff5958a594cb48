/** Capability names: with or without `CAP_`, in any case, or `ALL`. */
import { list, type Reader, Refusal, shown, text } from './refusal.js'
import { nearest } from './nearest.js'

/** The index is the capability's number (capability.h). */
export const capabilityNames = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT',
  'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE',
  'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ',
  'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
] as const // prettier-ignore

const known = new Set<string>(capabilityNames)

/** `ALL`, or the name with its prefix, as the OCI spec has it: `CAP_KILL`. */
export const readCapability: Reader<string> = (value) => {
  const name = text(value).toUpperCase().replace(/^CAP_/, '')
  if (name === 'ALL') return 'ALL'
  if (known.has(name)) return `CAP_${name}`
  const guess = nearest(name, capabilityNames)
  throw new Refusal(`must be a capability such as 'NET_ADMIN' or 'ALL', not ${shown(value)}${guess ? `; did you mean '${guess}'?` : ''}`)
}

export const readCapabilities: Reader<string[]> = (value) => [...new Set(list(readCapability)(value))]
