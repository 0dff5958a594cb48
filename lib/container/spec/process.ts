/** The first process of a container, and those that exec starts beside it. */
import { existsSync, readFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import type { RuntimeProcess, RuntimeRlimit, RuntimeUser } from '../../oci/index.js'
import { defaultUlimits } from '../options/ulimits.js'
import type { NormalisedExec, NormalisedSpec, SecurityOptions } from '../options.js'
import { availableCapabilities, containerCapabilities, processCapabilities } from './capabilities.js'
import { containerEnvironment, execEnvironment } from './environment.js'
import type { MergedConfig } from './image-config.js'
import { hasUserNamespace } from './namespaces.js'

/** A user as the image's files say. */
export interface ResolvedUser {
  uid: number
  gid: number
  additionalGids: readonly number[]
  home: string
}

export function containerProcess(
  spec: NormalisedSpec,
  config: MergedConfig,
  user: ResolvedUser,
  hostname: string,
  security: SecurityOptions,
): RuntimeProcess {
  const process: RuntimeProcess = {
    terminal: spec.tty,
    user: runtimeUser(user),
    args: config.args,
    env: containerEnvironment(config.env, { hostname, tty: spec.tty, home: user.home }),
    cwd: config.workdir,
    capabilities: processCapabilities(containerCapabilities(spec, hasUserNamespace(spec)), user.uid),
    rlimits: rlimits(spec),
    noNewPrivileges: security.noNewPrivileges ?? spec.isolation === 'sandbox',
  }
  if (spec.oomScoreAdj !== undefined) process.oomScoreAdj = spec.oomScoreAdj
  const profile = apparmorProfile(security)
  if (profile) process.apparmorProfile = profile
  const label = selinuxLabel(security)
  if (label) process.selinuxLabel = label
  return process
}

function runtimeUser({ uid, gid, additionalGids }: ResolvedUser): RuntimeUser {
  return additionalGids.length > 0 ? { uid, gid, additionalGids: [...additionalGids] } : { uid, gid }
}

function rlimits(spec: NormalisedSpec): RuntimeRlimit[] {
  return Object.entries({ ...defaultUlimits(spec.isolation), ...spec.ulimits }).map(([name, { soft, hard }]) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    hard,
    soft,
  }))
}

let apparmor: boolean | undefined

function apparmorProfile({ apparmor: profile }: SecurityOptions): string | undefined {
  if (profile === undefined || profile === 'unconfined') return undefined
  apparmor ??= enabled('/sys/module/apparmor/parameters/enabled')
  if (apparmor) return profile
  throw new GantryError(
    'ERR_NOT_SUPPORTED',
    `securityOpt: the kernel does not run AppArmor, so the profile '${profile}' cannot hold`,
  )
}

function enabled(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').startsWith('Y')
  } catch {
    return false
  }
}

function selinuxLabel({ label }: SecurityOptions): string | undefined {
  if (!label) return undefined
  if (!existsSync('/sys/fs/selinux/enforce')) {
    throw new GantryError('ERR_NOT_SUPPORTED', 'securityOpt: the kernel does not run SELinux, so a label cannot hold')
  }
  const { user = 'system_u', role = 'system_r', type = 'container_t', level = 's0' } = label
  return `${user}:${role}:${type}:${level}`
}

/** What of the container's spec an exec needs. */
export interface ExecSubject {
  /** Of the container's runtime spec. */
  process: RuntimeProcess
  spec: NormalisedSpec
}

/** Docker's rules: the container's environment, limits and confinement; capabilities by the user, or all of them. */
export function toExecProcess(
  { process, spec }: ExecSubject,
  options: NormalisedExec,
  user: ResolvedUser,
): RuntimeProcess {
  const bounding = options.privileged
    ? availableCapabilities(hasUserNamespace(spec))
    : (process.capabilities?.bounding ?? [])
  return {
    ...process,
    terminal: options.tty,
    consoleSize: undefined,
    user: { ...runtimeUser(user), umask: process.user.umask },
    args: options.command,
    env: execEnvironment(process.env ?? [], options.env, {
      tty: options.tty,
      home: user.home,
      homeDeclared: spec.env?.HOME != null,
    }),
    cwd: options.workdir ?? process.cwd,
    capabilities: processCapabilities(bounding, user.uid),
  }
}

/** A health probe: an exec of the container's own user without a terminal. */
export function toProbeProcess(process: RuntimeProcess, command: readonly string[]): RuntimeProcess {
  return { ...process, terminal: false, consoleSize: undefined, args: [...command] }
}
