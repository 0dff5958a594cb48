/** Device rules for cgroup v1, whose controller knows one default and exceptions from it. */
import { GantryError } from '../errors/index.js'
import type { RuntimeDeviceRule } from '../oci/index.js'
import { type DeviceMatch, MKNOD, parseDeviceRule, READ, WRITE } from './device-rules.js'

/** One write(2) of the line into the file of the cgroup; the kernel takes one line a write. */
export interface DeviceRuleLine {
  file: 'devices.allow' | 'devices.deny'
  line: string
}

/**
 * The lines that bring a new cgroup to the meaning that `deviceProgram` gives the same rules. Throws ERR_NOT_SUPPORTED for a hole in a
 * wildcard, which v1 cannot express: a refusal inside of what a wider rule allows to a default of refusal, or the other way round.
 */
export function deviceRuleLines(rules: readonly RuntimeDeviceRule[]): DeviceRuleLine[] {
  let allowByDefault = false
  let exceptions: DeviceMatch[] = []
  for (const match of rules.flatMap(parseDeviceRule)) {
    if (match.type === 'every') {
      allowByDefault = match.allow
      exceptions = []
    } else if (match.allow === allowByDefault) exceptions = withdraw(exceptions, match)
    else exceptions = add(exceptions, match)
  }
  const [first, rest] = allowByDefault
    ? (['devices.allow', 'devices.deny'] as const)
    : (['devices.deny', 'devices.allow'] as const)
  return [{ file: first, line: 'a' }, ...exceptions.map((each) => ({ file: rest, line: format(each) }))]
}

function add(exceptions: readonly DeviceMatch[], match: DeviceMatch): DeviceMatch[] {
  const same = exceptions.find((each) => sameDevices(each, match))
  if (!same) return [...exceptions, match]
  return exceptions.map((each) => (each === same ? { ...each, access: each.access | match.access } : each))
}

/** Takes accesses back to the default: from narrower exceptions and equal ones; a wider one would be left with a hole. */
function withdraw(exceptions: readonly DeviceMatch[], match: DeviceMatch): DeviceMatch[] {
  return exceptions
    .map((each) => {
      if ((each.access & match.access) === 0 || !overlap(each, match)) return each
      if (!covers(match, each)) {
        throw new GantryError(
          'ERR_NOT_SUPPORTED',
          `cgroup v1 cannot ${match.allow ? 'allow' : 'refuse'} the devices "${format(match)}" inside of "${format(each)}"`,
          { hint: 'name the devices of the wider rule one by one' },
        )
      }
      return { ...each, access: each.access & ~match.access }
    })
    .filter((each) => each.access !== 0)
}

function sameDevices(one: DeviceMatch, other: DeviceMatch): boolean {
  return one.type === other.type && one.major === other.major && one.minor === other.minor
}

function covers(wide: DeviceMatch, narrow: DeviceMatch): boolean {
  return (
    wide.type === narrow.type &&
    (wide.major === undefined || wide.major === narrow.major) &&
    (wide.minor === undefined || wide.minor === narrow.minor)
  )
}

function overlap(one: DeviceMatch, other: DeviceMatch): boolean {
  const meets = (a: number | undefined, b: number | undefined): boolean => a === undefined || b === undefined || a === b
  return one.type === other.type && meets(one.major, other.major) && meets(one.minor, other.minor)
}

function format({ type, major, minor, access }: DeviceMatch): string {
  const letters = `${access & READ ? 'r' : ''}${access & WRITE ? 'w' : ''}${access & MKNOD ? 'm' : ''}`
  return `${type === 'every' ? 'a' : type} ${major ?? '*'}:${minor ?? '*'} ${letters}`
}
