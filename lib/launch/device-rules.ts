/** One rule of `linux.resources.devices`, checked and without its defaults. */
import { GantryError } from '../errors/index.js'
import type { RuntimeDeviceRule } from '../oci/index.js'

/** BPF_DEVCG_ACC_*. */
export const MKNOD = 1
export const READ = 2
export const WRITE = 4
export const EVERY_ACCESS = MKNOD | READ | WRITE

/** A rule on one kind of device, or on every device there is. Numbers that are absent match all. */
export interface DeviceMatch {
  allow: boolean
  type: 'b' | 'c' | 'every'
  major?: number
  minor?: number
  /** Bits of MKNOD, READ, WRITE. */
  access: number
}

/** What every container may use besides: making nodes, and null, zero, full, random, urandom, tty, console, ptmx and its terminals. */
export const standardDeviceRules: readonly RuntimeDeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...[3, 5, 7, 8, 9].map((minor): RuntimeDeviceRule => ({ allow: true, type: 'c', major: 1, minor, access: 'rwm' })),
  ...[0, 1, 2].map((minor): RuntimeDeviceRule => ({ allow: true, type: 'c', major: 5, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
]

/** Checks a rule. `a` with numbers or a part of the accesses is two rules: for v1 a line of `a` is everything or nothing. */
export function parseDeviceRule(rule: RuntimeDeviceRule): DeviceMatch[] {
  const { allow, type = 'a', access = 'rwm' } = rule
  if (!/^[rwm]+$/.test(access)) throw invalid(rule, `the access "${access}" is not made of r, w and m`)
  const bits =
    (access.includes('m') ? MKNOD : 0) | (access.includes('r') ? READ : 0) | (access.includes('w') ? WRITE : 0)
  const major = parseNumber(rule, 'major')
  const minor = parseNumber(rule, 'minor')
  if (type === 'b' || type === 'c') return [{ allow, type, major, minor, access: bits }]
  if (type !== 'a') throw invalid(rule, `the type "${String(type)}" is not a, b or c`)
  if (major === undefined && minor === undefined && bits === EVERY_ACCESS)
    return [{ allow, type: 'every', access: bits }]
  return [
    { allow, type: 'b', major, minor, access: bits },
    { allow, type: 'c', major, minor, access: bits },
  ]
}

/** -1 is Docker's way to say every one. */
function parseNumber(rule: RuntimeDeviceRule, name: 'major' | 'minor'): number | undefined {
  const value = rule[name] ?? -1
  if (value === -1) return undefined
  if (!Number.isInteger(value) || value < 0 || value > 0x7fff_ffff)
    throw invalid(rule, `the ${name} number ${value} is out of range`)
  return value
}

function invalid(rule: RuntimeDeviceRule, problem: string): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `device rule ${JSON.stringify(rule)}: ${problem}`)
}
