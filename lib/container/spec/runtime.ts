/** From a container's options and its image to the OCI runtime spec. Nothing that is given is changed. */
import { hostname as hostName } from 'node:os'
import type { ImageRunConfig, RuntimeLinux, RuntimeSpec } from '../../oci/index.js'
import { type NormalisedSpec, parseSecurityOptions } from '../options.js'
import { devices } from './devices.js'
import { type MergedConfig, mergeImageConfig } from './image-config.js'
import { mounts } from './mounts.js'
import { type ContainerResolver, hasUserNamespace, type IdRange, idMappings, namespaces } from './namespaces.js'
import { containerProcess, type ResolvedUser } from './process.js'
import { maskedPaths, readonlyPaths } from './protection.js'
import { limitResources } from './resources.js'
import { containerSeccomp } from './seccomp.js'

/** What a spec needs of an image's root file system. */
export interface SpecRootfs {
  /** Parts of the image that are bound into the root. */
  mounts: readonly { source: string; target: string; readOnly: boolean }[]
  config?: ImageRunConfig
}

export interface SpecInput {
  spec: NormalisedSpec
  rootfs: SpecRootfs
  /** The options over the image's configuration, when the caller has merged them already. */
  config?: MergedConfig
  user: ResolvedUser
  id: string
  /** Files of the host that become /etc/hosts and its like. Default: those of the image. */
  files?: { hosts?: string; hostname?: string; resolvConf?: string }
  /** The user ids of the host; needed with a user namespace. */
  idRange?: IdRange
  /** Needed to share another container's namespaces. */
  resolve?: ContainerResolver
  /** Default: that of the options, the host's with the host's names, else the first twelve digits of the id. */
  hostname?: string
  /** Where the root will be mounted, for readers of the spec. Default 'rootfs'. */
  rootPath?: string
}

const OCI_VERSION = '1.2.0'
/** What Docker sets in a network namespace of the container's own: everybody may use low ports and ping. */
const NETWORK_SYSCTLS = { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }

export function toRuntimeSpec(input: SpecInput): RuntimeSpec {
  const { spec, user, id } = input
  const security = parseSecurityOptions(spec.securityOpt ?? [])
  const config = input.config ?? mergeImageConfig(spec, input.rootfs.config)
  const name = input.hostname ?? containerHostname(spec, id)
  const process = containerProcess(spec, config, user, name, security)
  const userNamespace = hasUserNamespace(spec)
  const plan = devices(spec, userNamespace)
  const runtime: RuntimeSpec = {
    ociVersion: OCI_VERSION,
    process,
    root: { path: input.rootPath ?? 'rootfs', readonly: spec.readOnly },
    mounts: mounts({
      spec,
      userNamespace,
      imageMounts: input.rootfs.mounts,
      files: input.files ?? {},
      boundDevices: plan.bound,
      resolve: input.resolve,
    }),
    linux: linux(input, userNamespace, plan),
  }
  if (spec.uts !== 'host') {
    runtime.hostname = name
    if (spec.domainname !== undefined) runtime.domainname = spec.domainname
  }
  if (spec.annotations) runtime.annotations = { ...spec.annotations }
  if (!spec.privileged && !security.unconfinedPaths) {
    runtime.linux!.maskedPaths = [...maskedPaths()]
    runtime.linux!.readonlyPaths = [...readonlyPaths]
  }
  const seccomp = containerSeccomp(spec, security.seccomp, process.capabilities?.bounding ?? [])
  if (seccomp) runtime.linux!.seccomp = seccomp
  return runtime
}

function linux(
  { spec, idRange, resolve, id }: SpecInput,
  userNamespace: boolean,
  plan: ReturnType<typeof devices>,
): RuntimeLinux {
  const section: RuntimeLinux = {
    namespaces: namespaces(spec, resolve),
    resources: { ...limitResources(spec, spec.isolation), devices: [...plan.rules] },
    cgroupsPath: `/gantry/${id}`,
    devices: [...plan.nodes],
  }
  if (userNamespace) {
    section.uidMappings = idMappings(idRange)
    section.gidMappings = idMappings(idRange)
  }
  const sysctl = sysctls(spec)
  if (sysctl) section.sysctl = sysctl
  if (spec.mounts?.some((mount) => mount.type === 'bind' && /shared|slave/.test(mount.propagation)))
    section.rootfsPropagation = rootPropagation(spec)
  if (spec.timeOffsets) section.timeOffsets = timeOffsets(spec.timeOffsets)
  return section
}

/** What a bind mount is to hear from the host has to come through the root. */
function rootPropagation({ mounts: given = [] }: NormalisedSpec): 'shared' | 'slave' {
  return given.some((mount) => mount.type === 'bind' && mount.propagation.endsWith('shared')) ? 'shared' : 'slave'
}

function sysctls(spec: NormalisedSpec): Record<string, string> | undefined {
  const ownNetwork =
    spec.network === 'none' && spec.isolation === 'compat' && !spec.privileged && !hasUserNamespace(spec)
  const merged = { ...(ownNetwork ? NETWORK_SYSCTLS : undefined), ...spec.sysctls }
  return Object.keys(merged).length > 0 ? merged : undefined
}

function timeOffsets({ monotonic, boottime }: NonNullable<NormalisedSpec['timeOffsets']>): RuntimeLinux['timeOffsets'] {
  return {
    ...(monotonic === undefined ? {} : { monotonic: { secs: monotonic } }),
    ...(boottime === undefined ? {} : { boottime: { secs: boottime } }),
  }
}

/** Docker's: a container in the host's network has the host's name, every other one that of its id. */
export function containerHostname(spec: NormalisedSpec, id: string): string {
  if (spec.hostname !== undefined) return spec.hostname
  return spec.network === 'host' || spec.uts === 'host' ? hostName() : id.slice(0, 12)
}
