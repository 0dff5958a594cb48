/** What options say of each other; Docker's rules where it has them, and an error where it would silently ignore one. */
import type { NormalisedSpec } from './container.js'
import { checkLimits } from './limits.js'
import { Refusal } from './refusal.js'
import { parseSecurityOptions } from './security.js'
import { sharedContainer } from './sharing.js'
import { sysctlNamespace } from './sysctls.js'

type Check = (spec: NormalisedSpec) => void

function conflict(one: string, other: string, why: string, hint?: string): never {
  throw new Refusal(`options ${one} and ${other} contradict each other: ${why}`, { hint })
}

const restartAndRemoval: Check = (spec) => {
  if (spec.restart.policy === 'no') return
  if (spec.autoRemove)
    conflict("'restart'", "'autoRemove'", 'a container that is removed when it exits cannot be started again')
  if (spec.lifetime === 'process') {
    conflict(
      `'restart: ${spec.restart.policy}'`,
      "'lifetime: process'",
      'the container ends with this process',
      "lifetime: 'detached' lets it live on",
    )
  }
}

const privilege: Check = (spec) => {
  if (!spec.privileged) return
  if (spec.isolation === 'sandbox') {
    conflict(
      "'privileged'",
      "'isolation: sandbox'",
      'a privileged container is not a sandbox',
      "isolation: 'compat' is needed for privileged containers",
    )
  }
  if (spec.userns === 'private')
    conflict("'privileged'", "'userns: private'", 'a privileged container needs the user namespace of the host')
  if (spec.capDrop?.length) {
    conflict(
      "'privileged'",
      "'capDrop'",
      'a privileged container has every capability',
      "capAdd: ['ALL'] with capDrop gives all but some",
    )
  }
}

const sharedNetwork: Check = (spec) => {
  if (sharedContainer(spec.network) === undefined) return
  const given = (['hostname', 'domainname', 'dns', 'extraHosts'] as const).find((name) => spec[name] !== undefined)
  if (given)
    conflict(
      `'${given}'`,
      `'network: ${spec.network}'`,
      'the container has the name, the hosts and the resolver of the other one',
    )
}

const hostNames: Check = (spec) => {
  if (spec.uts !== 'host') return
  if (spec.hostname !== undefined) conflict("'hostname'", "'uts: host'", 'it would rename the host')
  if (spec.domainname !== undefined) conflict("'domainname'", "'uts: host'", 'it would rename the host')
}

const sysctls: Check = (spec) => {
  for (const name of Object.keys(spec.sysctls ?? {})) {
    const namespace = sysctlNamespace(name)
    const why = 'the parameter belongs to a namespace that is not its own'
    if (namespace === 'network' && spec.network !== 'none')
      conflict(`'sysctls.${name}'`, `'network: ${spec.network}'`, why)
    if (namespace === 'ipc' && (spec.ipc === 'host' || sharedContainer(spec.ipc)))
      conflict(`'sysctls.${name}'`, `'ipc: ${spec.ipc}'`, why)
    if (namespace === 'uts' && spec.uts === 'host') conflict(`'sysctls.${name}'`, "'uts: host'", why)
  }
}

const mountTargets: Check = (spec) => {
  if (!spec.mounts && !spec.tmpfs) return
  const seen = new Set<string>()
  for (const target of [...(spec.mounts ?? []).map((mount) => mount.target), ...Object.keys(spec.tmpfs ?? {})]) {
    if (seen.has(target)) throw new Refusal(`two mounts have the target '${target}'`)
    seen.add(target)
  }
}

const security: Check = (spec) => {
  if (!spec.securityOpt) return
  const { apparmor, label } = parseSecurityOptions(spec.securityOpt)
  if (spec.privileged && ((apparmor !== undefined && apparmor !== 'unconfined') || label)) {
    conflict("'privileged'", "'securityOpt'", 'a privileged container is not confined by AppArmor or SELinux')
  }
}

const CHECKS: readonly Check[] = [
  checkLimits,
  restartAndRemoval,
  privilege,
  sharedNetwork,
  hostNames,
  sysctls,
  mountTargets,
  security,
]

export function checkConflicts(spec: NormalisedSpec): void {
  for (const check of CHECKS) check(spec)
}
