/** Devices of the host, as `src`, `src:dst`, `src:dst:rwm` or { source, target, permissions }; and Docker's device rules. */
import type { Device } from '../types.js'
import { absolutePath } from './paths.js'
import { below, list, ownMembers, type Reader, Refusal, shown, text } from './refusal.js'

const PERMISSIONS = /^(?!.*(.).*\1)[rwm]{1,3}$/

export type NormalisedDevice = Required<Device>

function readPermissions(value: unknown): string {
  if (typeof value === 'string' && PERMISSIONS.test(value)) return value
  throw new Refusal(`must be letters of 'rwm', not ${shown(value)}`)
}

function parts(value: unknown): Partial<Device> {
  if (typeof value === 'string') {
    const [source, second, third, ...rest] = value.split(':')
    if (rest.length > 0) throw new Refusal(`must be 'source:target:permissions', not ${shown(value)}`)
    // 'src:rwm' has no target; a target is absolute, permissions never are.
    if (third === undefined && second !== undefined && PERMISSIONS.test(second)) return { source, permissions: second }
    return { source, target: second, permissions: third }
  }
  const own = ownMembers(value)
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new Refusal(`must be a path or { source, target, permissions }, not ${shown(value)}`)
  }
  const extra = Object.keys(own).find((key) => key !== 'source' && key !== 'target' && key !== 'permissions')
  if (extra !== undefined)
    throw new Refusal(`has the unknown member ${shown(extra)} (expected { source, target, permissions })`)
  return own
}

const readDevice: Reader<NormalisedDevice> = (value) => {
  const { source, target, permissions } = parts(value)
  const path = below('source', () => absolutePath(source))
  return {
    source: path,
    target: target === undefined ? path : below('target', () => absolutePath(target)),
    permissions: permissions === undefined ? 'rwm' : below('permissions', () => readPermissions(permissions)),
  }
}

export const readDevices: Reader<NormalisedDevice[]> = list(readDevice)

const RULE = /^([acb]) (\d{1,9}|\*):(\d{1,9}|\*) ([rwm]{1,3})$/

export interface DeviceRule {
  type: 'a' | 'b' | 'c'
  /** undefined: every one. */
  major?: number
  minor?: number
  access: string
}

export function parseDeviceRule(rule: string): DeviceRule | undefined {
  const match = RULE.exec(rule)
  if (!match) return undefined
  const number = (digits: string) => (digits === '*' ? undefined : Number(digits))
  return { type: match[1] as DeviceRule['type'], major: number(match[2]!), minor: number(match[3]!), access: match[4]! }
}

export const readDeviceRules: Reader<string[]> = list((value) => {
  const rule = text(value)
  if (parseDeviceRule(rule) === undefined) throw new Refusal(`must be a rule such as 'c 42:* rmw', not ${shown(rule)}`)
  return rule
})
