/**
 * Who may use which device: `linux.resources.devices` of the OCI runtime spec as an eBPF program (cgroup v2) or as lines for
 * devices.allow and devices.deny (v1). Each of the accesses r, w and m that are asked for is decided by the last rule that matches it;
 * what no rule matches is refused.
 */
import type { RuntimeDeviceRule } from '../oci/index.js'
import { type DeviceMatch, EVERY_ACCESS, parseDeviceRule } from './device-rules.js'

export { type DeviceRuleLine, deviceRuleLines } from './device-rule-lines.js'
export { standardDeviceRules } from './device-rules.js'

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
