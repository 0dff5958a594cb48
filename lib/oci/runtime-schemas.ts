/** zod schemas of the runtime specification. Unknown fields are dropped, as the specification asks; ids and numbers are bounded as the kernel bounds them. */
import { z } from 'zod'
import { linuxSchema } from './linux-schemas.js'
import type { RuntimeProcess, RuntimeSpec } from './runtime-spec.js'

const count = z.number().int().nonnegative()
const textMap = z.record(z.string(), z.string())
const texts = z.array(z.string())
/** CVE-2024-40635: an id beyond 2^32 - 2 wraps around to root. */
export const idSchema = z.number().int().min(0).max(4_294_967_294)

const capabilities = z.object({
  bounding: texts.optional(),
  effective: texts.optional(),
  inheritable: texts.optional(),
  permitted: texts.optional(),
  ambient: texts.optional(),
})

const user = z.object({
  uid: idSchema,
  gid: idSchema,
  umask: z.number().int().min(0).max(0o777).optional(),
  additionalGids: z.array(idSchema).optional(),
  username: z.string().optional(),
})

const scheduler = z.object({
  policy: z.enum(['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_ISO', 'SCHED_IDLE', 'SCHED_DEADLINE']),
  nice: z.number().int().min(-20).max(19).optional(),
  priority: z.number().int().min(0).max(99).optional(),
  flags: texts.optional(),
  runtime: count.optional(),
  deadline: count.optional(),
  period: count.optional(),
})

export const runtimeProcessSchema: z.ZodType<RuntimeProcess> = z.object({
  terminal: z.boolean().optional(),
  consoleSize: z.object({ height: count, width: count }).optional(),
  user,
  args: texts.min(1).optional(),
  env: texts.optional(),
  cwd: z.string().startsWith('/'),
  capabilities: capabilities.optional(),
  rlimits: z.array(z.object({ type: z.string().startsWith('RLIMIT_'), hard: count, soft: count })).optional(),
  noNewPrivileges: z.boolean().optional(),
  apparmorProfile: z.string().optional(),
  oomScoreAdj: z.number().int().min(-1000).max(1000).optional(),
  selinuxLabel: z.string().optional(),
  ioPriority: z
    .object({
      class: z.enum(['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE']),
      priority: z.number().int().min(0).max(7),
    })
    .optional(),
  scheduler: scheduler.optional(),
  execCPUAffinity: z.object({ initial: z.string().optional(), final: z.string().optional() }).optional(),
})

const idMapping = z.object({ containerID: count, hostID: count, size: count.min(1) })

const mount = z.object({
  destination: z.string().min(1),
  source: z.string().optional(),
  type: z.string().optional(),
  options: texts.optional(),
  uidMappings: z.array(idMapping).optional(),
  gidMappings: z.array(idMapping).optional(),
})

const hooks = z
  .array(
    z.object({
      path: z.string().startsWith('/'),
      args: texts.optional(),
      env: texts.optional(),
      timeout: z.number().int().positive().optional(),
    }),
  )
  .optional()

export const runtimeSpecSchema: z.ZodType<RuntimeSpec> = z.object({
  ociVersion: z.string().regex(/^1\.\d+\.\d+/, 'must be a version 1.x.y'),
  process: runtimeProcessSchema.optional(),
  root: z.object({ path: z.string().min(1), readonly: z.boolean().optional() }).optional(),
  hostname: z.string().optional(),
  domainname: z.string().optional(),
  mounts: z.array(mount).optional(),
  hooks: z
    .object({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    })
    .optional(),
  linux: linuxSchema.optional(),
  annotations: textMap.optional(),
})
