/**
 * Who may use which device: `linux.resources.devices` of the OCI runtime spec as an eBPF program (cgroup v2) or as lines for
 * devices.allow and devices.deny (v1). Each of the accesses r, w and m that are asked for is decided by the last rule that matches it;
 * what no rule matches is refused.
 */
import { GantryError } from '../errors/index.js'
import type { RuntimeDeviceRule } from '../oci/index.js'

export { type DeviceRuleLine, deviceRuleLines } from './device-lines.js'

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

const LOAD_WORD = 0x61
const MOVE = 0xb7
const MOVE_REGISTER = 0xbf
const AND = 0x57
const SHIFT_RIGHT = 0x77
const IF_EQUAL = 0x15
const IF_NOT_EQUAL = 0x55
const EXIT = 0x95

/** Registers: r1 is the context, struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; }. */
const RESULT = 0
const CONTEXT = 1
const TYPE = 2
const WANTED = 3
const MAJOR = 4
const MINOR = 5
const SCRATCH = 6

const kinds = { b: 1, c: 2 } as const
const INSTRUCTION_BYTES = 8

/** struct bpf_insn[] of a BPF_PROG_TYPE_CGROUP_DEVICE program. Throws ERR_INVALID_OPTION on a malformed rule. */
export function deviceProgram(rules: readonly RuntimeDeviceRule[]): Uint8Array {
  const code = new Instructions()
  code.add(LOAD_WORD, TYPE, CONTEXT, 0, 0)
  code.add(MOVE_REGISTER, WANTED, TYPE, 0, 0)
  code.add(SHIFT_RIGHT, WANTED, 0, 0, 16)
  code.add(AND, TYPE, 0, 0, 0xffff)
  code.add(LOAD_WORD, MAJOR, CONTEXT, 4, 0)
  code.add(LOAD_WORD, MINOR, CONTEXT, 8, 0)
  // From the last rule to the first: an allowed access is no longer wanted, a refused one that still is decides.
  for (const match of rules.flatMap(parseDeviceRule).reverse()) {
    if (match.type === 'every' && match.access === EVERY_ACCESS) {
      code.leave(match.allow)
      return code.bytes()
    }
    addRule(code, match)
  }
  code.leave(false)
  return code.bytes()
}

function addRule(code: Instructions, match: DeviceMatch): void {
  const body = new Instructions()
  if (match.access === EVERY_ACCESS) body.leave(match.allow)
  else if (match.allow) {
    body.add(AND, WANTED, 0, 0, ~match.access)
    body.add(IF_NOT_EQUAL, WANTED, 0, 2, 0)
    body.leave(true)
  } else {
    body.add(MOVE_REGISTER, SCRATCH, WANTED, 0, 0)
    body.add(AND, SCRATCH, 0, 0, match.access)
    body.add(IF_EQUAL, SCRATCH, 0, 2, 0)
    body.leave(false)
  }
  const conditions: [register: number, value: number][] = []
  if (match.type !== 'every') conditions.push([TYPE, kinds[match.type]])
  if (match.major !== undefined) conditions.push([MAJOR, match.major])
  if (match.minor !== undefined) conditions.push([MINOR, match.minor])
  conditions.forEach(([register, value], index) => {
    code.add(IF_NOT_EQUAL, register, 0, conditions.length - 1 - index + body.count, value)
  })
  code.append(body)
}

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

class Instructions {
  readonly #list: [code: number, destination: number, source: number, offset: number, immediate: number][] = []

  get count(): number {
    return this.#list.length
  }

  add(code: number, destination: number, source: number, offset: number, immediate: number): void {
    this.#list.push([code, destination, source, offset, immediate])
  }

  append(other: Instructions): void {
    this.#list.push(...other.#list)
  }

  leave(allow: boolean): void {
    this.add(MOVE, RESULT, 0, 0, allow ? 1 : 0)
    this.add(EXIT, 0, 0, 0, 0)
  }

  /** struct bpf_insn { u8 code; u8 dst_reg:4, src_reg:4; s16 off; s32 imm; }, little-endian. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#list.length * INSTRUCTION_BYTES)
    const view = new DataView(bytes.buffer)
    this.#list.forEach(([code, destination, source, offset, immediate], index) => {
      const at = index * INSTRUCTION_BYTES
      view.setUint8(at, code)
      view.setUint8(at + 1, destination | (source << 4))
      view.setInt16(at + 2, offset, true)
      view.setInt32(at + 4, immediate, true)
    })
    return bytes
  }
}
