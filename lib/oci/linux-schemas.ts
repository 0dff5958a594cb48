/** zod schemas of the `linux` section of the runtime specification. */
import { z } from 'zod'
import type { RuntimeLinux, RuntimeResources, RuntimeSeccomp } from './runtime-spec.js'

const integer = z.number().int()
const count = integer.nonnegative()
const text = z.string()
const texts = z.array(text)
const textMap = z.record(text, text)
const idMappings = z.array(z.object({ containerID: count, hostID: count, size: count.min(1) }))
const throttles = z.array(z.object({ major: count, minor: count, rate: count })).optional()

const memory = z.object({
  limit: integer.optional(),
  reservation: integer.optional(),
  swap: integer.optional(),
  kernel: integer.optional(),
  kernelTCP: integer.optional(),
  swappiness: integer.min(0).max(100).optional(),
  disableOOMKiller: z.boolean().optional(),
  useHierarchy: z.boolean().optional(),
  checkBeforeUpdate: z.boolean().optional(),
})

const cpu = z.object({
  shares: count.optional(),
  quota: integer.optional(),
  burst: count.optional(),
  period: count.optional(),
  realtimeRuntime: integer.optional(),
  realtimePeriod: count.optional(),
  cpus: text.optional(),
  mems: text.optional(),
  idle: integer.optional(),
})

const blockIO = z.object({
  weight: count.optional(),
  leafWeight: count.optional(),
  weightDevice: z
    .array(z.object({ major: count, minor: count, weight: count.optional(), leafWeight: count.optional() }))
    .optional(),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
})

export const runtimeResourcesSchema: z.ZodType<RuntimeResources> = z.object({
  devices: z
    .array(
      z.object({
        allow: z.boolean(),
        type: z.enum(['a', 'c', 'b']).optional(),
        major: integer.optional(),
        minor: integer.optional(),
        access: z
          .string()
          .regex(/^[rwm]*$/)
          .optional(),
      }),
    )
    .optional(),
  memory: memory.optional(),
  cpu: cpu.optional(),
  pids: z.object({ limit: integer }).optional(),
  blockIO: blockIO.optional(),
  hugepageLimits: z.array(z.object({ pageSize: text, limit: count })).optional(),
  network: z
    .object({ classID: count.optional(), priorities: z.array(z.object({ name: text, priority: count })).optional() })
    .optional(),
  rdma: z.record(text, z.object({ hcaHandles: count.optional(), hcaObjects: count.optional() })).optional(),
  unified: textMap.optional(),
})

const seccompActions = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const

const seccompOperators = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const

const seccompValue = z.union([z.number().nonnegative(), z.string().regex(/^\d{1,20}$/)])

const seccompSyscall = z.object({
  names: texts.min(1),
  action: z.enum(seccompActions),
  errnoRet: count.optional(),
  args: z
    .array(
      z.object({
        index: count.max(5),
        value: seccompValue,
        valueTwo: seccompValue.optional(),
        op: z.enum(seccompOperators),
      }),
    )
    .nullish()
    .transform((list) => list ?? undefined),
})

export const runtimeSeccompSchema: z.ZodType<RuntimeSeccomp> = z.object({
  defaultAction: z.enum(seccompActions),
  defaultErrnoRet: count.optional(),
  architectures: texts.optional(),
  flags: texts.optional(),
  listenerPath: text.optional(),
  listenerMetadata: text.optional(),
  syscalls: z.array(seccompSyscall).optional(),
})

const device = z.object({
  type: z.enum(['c', 'b', 'u', 'p']),
  path: z.string().startsWith('/'),
  major: count.optional(),
  minor: count.optional(),
  fileMode: count.optional(),
  uid: count.optional(),
  gid: count.optional(),
})

const offset = z.object({ secs: integer.optional(), nanosecs: count.optional() })

export const linuxSchema: z.ZodType<RuntimeLinux> = z.object({
  uidMappings: idMappings.optional(),
  gidMappings: idMappings.optional(),
  sysctl: textMap.optional(),
  resources: runtimeResourcesSchema.optional(),
  cgroupsPath: text.optional(),
  namespaces: z
    .array(
      z.object({
        type: z.enum(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time']),
        path: z.string().startsWith('/').optional(),
      }),
    )
    .refine((list) => new Set(list.map((entry) => entry.type)).size === list.length, 'names a namespace twice')
    .optional(),
  devices: z.array(device).optional(),
  netDevices: z.record(text, z.object({ name: text.optional() })).optional(),
  seccomp: runtimeSeccompSchema.optional(),
  rootfsPropagation: z.enum(['shared', 'slave', 'private', 'unbindable', '']).optional(),
  maskedPaths: texts.optional(),
  readonlyPaths: texts.optional(),
  mountLabel: text.optional(),
  intelRdt: z
    .object({
      closID: text.optional(),
      l3CacheSchema: text.optional(),
      memBwSchema: text.optional(),
      enableCMT: z.boolean().optional(),
      enableMBM: z.boolean().optional(),
    })
    .optional(),
  personality: z.object({ domain: z.enum(['LINUX', 'LINUX32']), flags: texts.optional() }).optional(),
  timeOffsets: z.object({ monotonic: offset.optional(), boottime: offset.optional() }).optional(),
})
