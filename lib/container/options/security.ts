/** Docker's security options, read into one object; `securityOpt` itself stays the list of texts that was given. */

import { nearest } from './nearest.js'
import { list, type Reader, Refusal, shown, text } from './refusal.js'

export interface SecurityOptions {
  noNewPrivileges?: boolean
  /** 'unconfined', or the path or JSON text of a profile; undefined: ours. */
  seccomp?: string
  /** A profile that is loaded, or 'unconfined'. */
  apparmor?: string
  /** SELinux: false for none, else the parts that were named. */
  label?: false | { user?: string; role?: string; type?: string; level?: string }
  /** Nothing masked, nothing read-only under /proc and /sys. */
  unconfinedPaths?: boolean
}

const NAMES = ['no-new-privileges', 'seccomp', 'apparmor', 'label', 'systempaths']
const LABEL_PARTS = ['user', 'role', 'type', 'level'] as const

/** `name=value`; Docker's older `name:value` too. */
function split(option: string): [name: string, value: string | undefined] {
  const at = option.search(/[=:]/)
  return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)]
}

export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const parsed: SecurityOptions = {}
  for (const option of options) readInto(parsed, option)
  return parsed
}

function readInto(parsed: SecurityOptions, option: string): void {
  const [name, value] = split(option)
  switch (name) {
    case 'no-new-privileges':
      if (value !== undefined && value !== 'true' && value !== 'false')
        throw wrong(option, "'no-new-privileges' or 'no-new-privileges=false'")
      parsed.noNewPrivileges = value !== 'false'
      return
    case 'seccomp':
      if (!value) throw wrong(option, "'seccomp=unconfined', 'seccomp=builtin' or 'seccomp=/path/to/profile.json'")
      parsed.seccomp = value === 'builtin' ? undefined : value
      if (value !== 'builtin' && value !== 'unconfined' && !value.startsWith('/') && !value.startsWith('{')) {
        throw wrong(option, 'an absolute path to a profile, or its JSON text')
      }
      return
    case 'apparmor':
      if (!value) throw wrong(option, "'apparmor=unconfined' or 'apparmor=<profile>'")
      parsed.apparmor = value
      return
    case 'label':
      parsed.label = readLabel(parsed.label, option, value)
      return
    case 'systempaths':
      if (value !== 'unconfined') throw wrong(option, "'systempaths=unconfined'")
      parsed.unconfinedPaths = true
      return
    default: {
      const guess = nearest(name, NAMES)
      throw new Refusal(
        `must be one of Docker's security options (${NAMES.join(', ')}), not ${shown(option)}${guess ? `; did you mean '${guess}'?` : ''}`,
      )
    }
  }
}

function readLabel(
  before: SecurityOptions['label'],
  option: string,
  value: string | undefined,
): SecurityOptions['label'] {
  if (value === 'disable') return false
  const [part, setting] = split(value ?? '')
  const name = LABEL_PARTS.find((known) => known === part)
  if (!name || !setting) throw wrong(option, "'label=disable' or 'label=type:<type>' (or user, role, level)")
  return { ...(before || {}), [name]: setting }
}

function wrong(option: string, right: string): Refusal {
  return new Refusal(`must be ${right}, not ${shown(option)}`)
}

export const readSecurityOptions: Reader<string[]> = list((value) => {
  const option = text(value)
  readInto({}, option)
  return option
})
