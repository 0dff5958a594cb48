/** The types of the OCI runtime specification 1.2 (`config.json`), with its exact field names. Sections are those of the specification. */

/** config.md, "Configuration". */
export interface RuntimeSpec {
  /** The version of the specification that the document keeps to. */
  ociVersion: string
  process?: RuntimeProcess
  root?: RuntimeRoot
  hostname?: string
  domainname?: string
  mounts?: RuntimeMount[]
  hooks?: RuntimeHooks
  linux?: RuntimeLinux
  annotations?: Record<string, string>
}

/** config.md, "Process". */
export interface RuntimeProcess {
  terminal?: boolean
  consoleSize?: { height: number; width: number }
  user: RuntimeUser
  args?: string[]
  /** `NAME=value`. */
  env?: string[]
  cwd: string
  capabilities?: RuntimeCapabilities
  rlimits?: RuntimeRlimit[]
  noNewPrivileges?: boolean
  apparmorProfile?: string
  oomScoreAdj?: number
  selinuxLabel?: string
  ioPriority?: { class: IoPriorityClass; priority: number }
  scheduler?: RuntimeScheduler
  execCPUAffinity?: { initial?: string; final?: string }
}

export interface RuntimeUser {
  uid: number
  gid: number
  umask?: number
  additionalGids?: number[]
  username?: string
}

/** Names with the prefix, such as `CAP_KILL`. */
export interface RuntimeCapabilities {
  bounding?: string[]
  effective?: string[]
  inheritable?: string[]
  permitted?: string[]
  ambient?: string[]
}

export interface RuntimeRlimit {
  /** Such as `RLIMIT_NOFILE`. */
  type: string
  hard: number
  soft: number
}

export type IoPriorityClass = 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE'

export interface RuntimeScheduler {
  policy: 'SCHED_OTHER' | 'SCHED_FIFO' | 'SCHED_RR' | 'SCHED_BATCH' | 'SCHED_ISO' | 'SCHED_IDLE' | 'SCHED_DEADLINE'
  nice?: number
  priority?: number
  flags?: string[]
  runtime?: number
  deadline?: number
  period?: number
}

export interface RuntimeRoot {
  path: string
  readonly?: boolean
}

/** config.md, "Mounts". The mappings are for idmapped mounts. */
export interface RuntimeMount {
  destination: string
  source?: string
  type?: string
  options?: string[]
  uidMappings?: RuntimeIdMapping[]
  gidMappings?: RuntimeIdMapping[]
}

/** config.md, "POSIX-platform Hooks". */
export interface RuntimeHooks {
  prestart?: RuntimeHook[]
  createRuntime?: RuntimeHook[]
  createContainer?: RuntimeHook[]
  startContainer?: RuntimeHook[]
  poststart?: RuntimeHook[]
  poststop?: RuntimeHook[]
}

export interface RuntimeHook {
  path: string
  args?: string[]
  env?: string[]
  /** Seconds. */
  timeout?: number
}

/** config-linux.md. */
export interface RuntimeLinux {
  uidMappings?: RuntimeIdMapping[]
  gidMappings?: RuntimeIdMapping[]
  sysctl?: Record<string, string>
  resources?: RuntimeResources
  cgroupsPath?: string
  namespaces?: RuntimeNamespace[]
  devices?: RuntimeDevice[]
  /** Network devices to move into the container, by their name on the host. */
  netDevices?: Record<string, { name?: string }>
  seccomp?: RuntimeSeccomp
  rootfsPropagation?: 'shared' | 'slave' | 'private' | 'unbindable' | ''
  maskedPaths?: string[]
  readonlyPaths?: string[]
  mountLabel?: string
  intelRdt?: { closID?: string; l3CacheSchema?: string; memBwSchema?: string; enableCMT?: boolean; enableMBM?: boolean }
  personality?: { domain: 'LINUX' | 'LINUX32'; flags?: string[] }
  timeOffsets?: { monotonic?: RuntimeTimeOffset; boottime?: RuntimeTimeOffset }
}

export interface RuntimeIdMapping {
  containerID: number
  hostID: number
  size: number
}

export interface RuntimeTimeOffset {
  secs?: number
  nanosecs?: number
}

export type RuntimeNamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time'

export interface RuntimeNamespace {
  type: RuntimeNamespaceType
  /** Join this one; absent: a new one. */
  path?: string
}

export interface RuntimeDevice {
  type: 'c' | 'b' | 'u' | 'p'
  path: string
  major?: number
  minor?: number
  fileMode?: number
  uid?: number
  gid?: number
}

/** config-linux.md, "Control groups". */
export interface RuntimeResources {
  devices?: RuntimeDeviceRule[]
  memory?: RuntimeMemory
  cpu?: RuntimeCpu
  pids?: { limit: number }
  blockIO?: RuntimeBlockIO
  hugepageLimits?: { pageSize: string; limit: number }[]
  network?: { classID?: number; priorities?: { name: string; priority: number }[] }
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>
  /** Files of cgroup v2 and what to write into them. */
  unified?: Record<string, string>
}

export interface RuntimeDeviceRule {
  allow: boolean
  /** Absent: `a`. */
  type?: 'a' | 'c' | 'b'
  /** Absent: every one. */
  major?: number
  /** Absent: every one. */
  minor?: number
  /** Letters of `rwm`. */
  access?: string
}

/** Bytes; -1: no bound. */
export interface RuntimeMemory {
  limit?: number
  reservation?: number
  /** Memory and swap together. */
  swap?: number
  kernel?: number
  kernelTCP?: number
  swappiness?: number
  disableOOMKiller?: boolean
  useHierarchy?: boolean
  checkBeforeUpdate?: boolean
}

/** Times are microseconds. */
export interface RuntimeCpu {
  shares?: number
  quota?: number
  burst?: number
  period?: number
  realtimeRuntime?: number
  realtimePeriod?: number
  cpus?: string
  mems?: string
  idle?: number
}

export interface RuntimeBlockIO {
  weight?: number
  leafWeight?: number
  weightDevice?: { major: number; minor: number; weight?: number; leafWeight?: number }[]
  throttleReadBpsDevice?: RuntimeThrottle[]
  throttleWriteBpsDevice?: RuntimeThrottle[]
  throttleReadIOPSDevice?: RuntimeThrottle[]
  throttleWriteIOPSDevice?: RuntimeThrottle[]
}

export interface RuntimeThrottle {
  major: number
  minor: number
  rate: number
}

/** config-linux.md, "Seccomp". */
export interface RuntimeSeccomp {
  defaultAction: SeccompAction
  defaultErrnoRet?: number
  /** Such as `SCMP_ARCH_X86_64`. */
  architectures?: string[]
  flags?: string[]
  listenerPath?: string
  listenerMetadata?: string
  syscalls?: RuntimeSyscall[]
}

export type SeccompAction =
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY'

export interface RuntimeSyscall {
  names: string[]
  action: SeccompAction
  errnoRet?: number
  args?: RuntimeSyscallArgument[]
}

export type SeccompOperator =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ'

/** 64 bits, unsigned. A JSON number above 2^53 loses some of them, so decimal texts are taken beside the numbers of the specification. */
export type SeccompValue = number | string

export interface RuntimeSyscallArgument {
  /** Which argument, from 0. */
  index: number
  value: SeccompValue
  /** For `SCMP_CMP_MASKED_EQ`: `value` is the mask and this is what is compared. */
  valueTwo?: SeccompValue
  op: SeccompOperator
}
