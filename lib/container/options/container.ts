/** The options of a container: the schema, and what is filled in. */
import { z } from 'zod'
import type { ContainerSpec, Device, Isolation, Restart, Ulimit } from '../types.js'
import { readCapabilities } from './capabilities.js'
import { checkConflicts } from './conflicts.js'
import { type NormalisedDevice, readDeviceRules, readDevices } from './devices.js'
import { healthCheckSchema } from './health.js'
import {
  readAddress,
  readCommand,
  readEnv,
  readExtraHosts,
  readGroup,
  readHostname,
  readImage,
  readLabels,
  readName,
  readSignal,
  readUser,
} from './identity.js'
import { limitShape } from './limits.js'
import { mountSchema } from './mounts.js'
import { parseWith } from './parse.js'
import { absolutePath } from './paths.js'
import { durationField, sizeField, wholeNumberField } from './quantities.js'
import { field, list, Refusal, strict } from './refusal.js'
import { type NormalisedRestart, readRestart } from './restart.js'
import { readSecurityOptions } from './security.js'
import { readGpus, readIpc, readNetwork, readPid, readPorts } from './sharing.js'
import { readSysctls } from './sysctls.js'
import { readTmpfs } from './tmpfs.js'
import { type NormalisedUlimit, readUlimits } from './ulimits.js'

const seconds = z.number().int().min(-1_000_000_000_000).max(1_000_000_000_000).optional()

export const containerShape = {
  ...limitShape,
  image: field<string>(readImage),
  command: field<string[]>(readCommand).optional(),
  entrypoint: field<string[]>(readCommand).optional(),
  name: field<string>(readName).optional(),
  env: field<NonNullable<ContainerSpec['env']>, Record<string, string | null>>(readEnv).optional(),
  workdir: field<string>(absolutePath).optional(),
  user: field<string>(readUser).optional(),
  groupAdd: field<(string | number)[], string[]>(list(readGroup)).optional(),
  hostname: field<string>(readHostname).optional(),
  domainname: field<string>(readHostname).optional(),
  labels: field<Record<string, string>>(readLabels).optional(),
  annotations: field<Record<string, string>>(readLabels).optional(),
  tty: z.boolean().optional(),
  stdinOpen: z.boolean().optional(),
  mounts: z.array(mountSchema).optional(),
  tmpfs: field<Record<string, string> | string[], Record<string, string>>(readTmpfs).optional(),
  readOnly: z.boolean().optional(),
  shmSize: sizeField().optional(),
  devices: field<(Device | string)[], NormalisedDevice[]>(readDevices).optional(),
  deviceCgroupRules: field<string[]>(readDeviceRules).optional(),
  capAdd: field<string[]>(readCapabilities).optional(),
  capDrop: field<string[]>(readCapabilities).optional(),
  privileged: z.boolean().optional(),
  securityOpt: field<string[]>(readSecurityOptions).optional(),
  sysctls: field<Record<string, string | number>, Record<string, string>>(readSysctls).optional(),
  ulimits: field<Record<string, number | Ulimit>, Record<string, NormalisedUlimit>>(readUlimits).optional(),
  init: z.boolean().optional(),
  stopSignal: field<string>(readSignal).optional(),
  stopTimeout: durationField().optional(),
  autoRemove: z.boolean().optional(),
  restart: field<Restart | { policy: Restart; maximumRetryCount?: number }, NormalisedRestart>(readRestart).optional(),
  healthcheck: z.union([z.literal(false), healthCheckSchema]).optional(),
  network: field<NonNullable<ContainerSpec['network']>>(readNetwork).optional(),
  pid: field<NonNullable<ContainerSpec['pid']>>(readPid).optional(),
  ipc: field<NonNullable<ContainerSpec['ipc']>>(readIpc).optional(),
  uts: z.literal('host').optional(),
  cgroupns: z.enum(['private', 'host']).optional(),
  userns: z.enum(['host', 'private']).optional(),
  ports: field<(number | string)[]>(readPorts).optional(),
  extraHosts: field<Record<string, string>>(readExtraHosts).optional(),
  dns: field<string[]>(list(readAddress)).optional(),
  log: strict({
    driver: z.enum(['file', 'none']).optional(),
    maxSize: sizeField().optional(),
    maxFiles: wholeNumberField(1, 1000).optional(),
  }).optional() as unknown as z.ZodOptional<
    z.ZodType<{ driver?: 'file' | 'none'; maxSize?: number; maxFiles?: number }, NonNullable<ContainerSpec['log']>>
  >,
  isolation: z.enum(['sandbox', 'compat']).optional(),
  limits: z.literal('strict').optional(),
  diskSize: sizeField().optional(),
  lifetime: z.enum(['process', 'detached']).optional(),
  timeOffsets: strict({ monotonic: seconds, boottime: seconds }).optional() as unknown as z.ZodOptional<
    z.ZodType<NonNullable<ContainerSpec['timeOffsets']>, NonNullable<ContainerSpec['timeOffsets']>>
  >,
  gpus: field<unknown, undefined>(readGpus).optional(),
}

/** What Container.create() and Container.run() take. */
export const containerSpecSchema = z.strictObject(containerShape)

export type ParsedSpec = z.output<typeof containerSpecSchema>

/** A spec with every default filled in: bytes, milliseconds, absolute paths. It is plain JSON, and is itself a valid ContainerSpec. */
export type NormalisedSpec = ParsedSpec & {
  isolation: Isolation
  lifetime: 'process' | 'detached'
  network: NonNullable<ContainerSpec['network']>
  restart: NormalisedRestart
  log: { driver: 'file' | 'none'; maxSize: number; maxFiles: number }
  init: boolean
  tty: boolean
  stdinOpen: boolean
  readOnly: boolean
  privileged: boolean
  autoRemove: boolean
}

/** What differs between run() and Container. */
export interface SpecDefaults {
  isolation: Isolation
  lifetime: 'process' | 'detached'
  log: 'file' | 'none'
  autoRemove: boolean
}

export const containerDefaults: SpecDefaults = {
  isolation: 'compat',
  lifetime: 'detached',
  log: 'file',
  autoRemove: false,
}

const MEBI = 1024 * 1024
const SANDBOX_PIDS = 1024
const LOG_SIZE = 10 * MEBI
const LOG_FILES = 3

/** `limits: 'strict'`: the set to name for code that is not trusted. A limit that is named beside it holds instead. */
export const strictLimits = {
  memory: 512 * MEBI,
  cpus: 1,
  pidsLimit: 256,
  diskSize: 1024 * MEBI,
  timeoutMs: 60_000,
} as const

/** Fills in the defaults and checks what options say of each other. The result has no prototype, so that no pollution of Object's reads as an option. */
export function completed(parsed: ParsedSpec, defaults: SpecDefaults): NormalisedSpec {
  const spec = Object.assign(Object.create(null), parsed) as NormalisedSpec
  spec.isolation ??= defaults.isolation
  spec.lifetime ??= defaults.lifetime
  if (spec.limits === 'strict') addStrictLimits(spec)
  const sandbox = spec.isolation === 'sandbox'
  if (sandbox) spec.pidsLimit ??= SANDBOX_PIDS
  spec.network ??= 'none'
  spec.restart ??= { policy: 'no', maximumRetryCount: 0 }
  spec.autoRemove ??= defaults.autoRemove
  spec.init ??= sandbox && spec.pid === undefined
  spec.tty ??= false
  spec.stdinOpen ??= false
  spec.readOnly ??= false
  spec.privileged ??= false
  const { driver = defaults.log, maxSize = LOG_SIZE, maxFiles = LOG_FILES } = spec.log ?? {}
  spec.log = { driver, maxSize, maxFiles }
  checkConflicts(spec)
  return spec
}

function addStrictLimits(spec: ParsedSpec): void {
  spec.memory ??= strictLimits.memory
  if (spec.cpuQuota === undefined && spec.cpuPeriod === undefined) spec.cpus ??= strictLimits.cpus
  spec.pidsLimit ??= strictLimits.pidsLimit
  spec.diskSize ??= strictLimits.diskSize
}

/** Reads the options of Container.create() and Container.run(). */
export function parseContainerSpec(input: unknown, defaults: SpecDefaults = containerDefaults): NormalisedSpec {
  return concluded('Container', () => completed(parseWith(containerSpecSchema, input, 'Container'), defaults))
}

/** Turns what a check of whole specs refuses into the error that users see. */
export function concluded<Output>(subject: string, read: () => Output): Output {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw error.asError(subject)
    throw error
  }
}
