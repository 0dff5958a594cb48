/** Device nodes of a container, and the cgroup's rules about them. */
import { readdirSync, statSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeDevice, RuntimeDeviceRule } from '../../oci/index.js'
import { parseDeviceRule } from '../options/devices.js'
import type { NormalisedDevice, NormalisedSpec } from '../options.js'

export interface DevicePlan {
  nodes: readonly RuntimeDevice[]
  rules: readonly RuntimeDeviceRule[]
  /** Bound from the host: a user namespace makes no device nodes. */
  bound: readonly { source: string; target: string }[]
}

const node = (path: string, major: number, minor: number): RuntimeDevice =>
  Object.freeze({ type: 'c' as const, path, major, minor, fileMode: 0o666, uid: 0, gid: 0 })

/** config-linux.md, "Default Devices"; the terminal's console and ptmx come with the terminal and with devpts. */
const DEFAULT_NODES: readonly RuntimeDevice[] = [
  node('/dev/null', 1, 3),
  node('/dev/zero', 1, 5),
  node('/dev/full', 1, 7),
  node('/dev/random', 1, 8),
  node('/dev/urandom', 1, 9),
  node('/dev/tty', 5, 0),
]

const allow = (
  type: 'c' | 'b',
  major: number | undefined,
  minor: number | undefined,
  access: string,
): RuntimeDeviceRule => ({
  allow: true,
  type,
  ...(major === undefined ? {} : { major }),
  ...(minor === undefined ? {} : { minor }),
  access,
})

const DENY_ALL: RuntimeDeviceRule = { allow: false, access: 'rwm' }
const DEFAULT_RULES: readonly RuntimeDeviceRule[] = [
  DENY_ALL,
  ...[3, 5, 7, 8, 9].map((minor) => allow('c', 1, minor, 'rwm')),
  allow('c', 5, 0, 'rwm'),
  allow('c', 5, 2, 'rwm'),
  allow('c', 136, undefined, 'rwm'),
]
/** Docker's: a node may be made of any device, for backups and package managers; opening it is another matter. */
const COMPAT_RULES: readonly RuntimeDeviceRule[] = [
  DENY_ALL,
  allow('c', undefined, undefined, 'm'),
  allow('b', undefined, undefined, 'm'),
  ...DEFAULT_RULES.slice(1),
]
const ALLOW_ALL: readonly RuntimeDeviceRule[] = [{ allow: true, access: 'rwm' }]

export function devices(spec: NormalisedSpec, userNamespace: boolean): DevicePlan {
  const base = spec.isolation === 'sandbox' ? DEFAULT_RULES : COMPAT_RULES
  if (spec.privileged) return { nodes: withDefaults(hostDevices()), rules: ALLOW_ALL, bound: [] }
  if (!spec.devices?.length && !spec.deviceCgroupRules?.length) return { nodes: DEFAULT_NODES, rules: base, bound: [] }
  const found = (spec.devices ?? []).flatMap((device) => expand(device))
  const rules = [...base, ...found.map(({ rule }) => rule), ...(spec.deviceCgroupRules ?? []).map(userRule)]
  if (userNamespace)
    return { nodes: DEFAULT_NODES, rules, bound: found.map(({ source, device }) => ({ source, target: device.path })) }
  return { nodes: withDefaults(found.map(({ device }) => device)), rules, bound: [] }
}

function withDefaults(own: readonly RuntimeDevice[]): RuntimeDevice[] {
  const paths = new Set(own.map(({ path }) => path))
  return [...DEFAULT_NODES.filter(({ path }) => !paths.has(path)), ...own]
}

interface Found {
  source: string
  device: RuntimeDevice
  rule: RuntimeDeviceRule
}

/** A directory stands for every device in it. */
function expand({ source, target, permissions }: NormalisedDevice): Found[] {
  const directory = stat(source).isDirectory()
  const found = directory
    ? below(source).map((name) => read(`${source}/${name}`, `${target}/${name}`, permissions))
    : [read(source, target, permissions)]
  const known = found.filter((entry) => entry !== undefined)
  if (known.length > 0) return known
  throw new GantryError(
    'ERR_INVALID_OPTION',
    `devices: ${source} ${directory ? 'has no device in it' : 'is not a device'}`,
    { path: source },
  )
}

function read(source: string, target: string, permissions: string): Found | undefined {
  const stats = stat(source)
  const type = stats.isCharacterDevice() ? 'c' : stats.isBlockDevice() ? 'b' : undefined
  if (!type) return undefined
  const [major, minor] = deviceNumbers(stats.rdev)
  const device: RuntimeDevice = {
    type,
    path: target,
    major,
    minor,
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
  }
  return { source, device, rule: { allow: true, type, major, minor, access: permissions } }
}

function stat(path: string) {
  try {
    return statSync(path)
  } catch (cause) {
    throw new GantryError('ERR_INVALID_OPTION', `devices: there is no device ${path} on the host`, { path, cause })
  }
}

/** makedev(3), the other way round. */
export function deviceNumbers(rdev: number): [major: number, minor: number] {
  const device = BigInt(rdev)
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn)
  return [Number(major), Number(minor)]
}

function userRule(text: string): RuntimeDeviceRule {
  const { type, ...rest } = parseDeviceRule(text)!
  return { allow: true, type, ...rest }
}

/** What is no device of the machine's: pseudo-terminals, shared memory and this process's own. */
const NOT_OF_THE_HOST = new Set([
  'pts',
  'shm',
  'fd',
  'mqueue',
  'console',
  'ptmx',
  'tty',
  'stdin',
  'stdout',
  'stderr',
  'core',
])

function hostDevices(): RuntimeDevice[] {
  const names = below('/dev').filter((name) => !NOT_OF_THE_HOST.has(name.split('/')[0]!))
  return names.flatMap((name) => read(`/dev/${name}`, `/dev/${name}`, 'rwm')?.device ?? [])
}

/** Device nodes below a directory, relative to it; links are left out, for they lead to others. */
function below(directory: string, prefix = ''): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const name = prefix + entry.name
    if (entry.isDirectory()) return NOT_OF_THE_HOST.has(name) ? [] : below(`${directory}/${entry.name}`, `${name}/`)
    return entry.isCharacterDevice() || entry.isBlockDevice() ? [name] : []
  })
}
