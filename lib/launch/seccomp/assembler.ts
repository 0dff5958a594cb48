/**
 * Classic BPF from a graph of decisions. Nodes are made from the leaves upwards, and equal nodes are one, so that the
 * many paths of a filter to the same verdict share their code.
 */
import { invalid } from './values.js'

/** struct seccomp_data { int nr; u32 arch; u64 instruction_pointer; u64 args[6]; }, little-endian. */
export const NUMBER = 0
export const ARCHITECTURE = 4
export const argumentOffset = (index: number, high: boolean): number => 16 + index * 8 + (high ? 4 : 0)

/** BPF_MAXINSNS. */
export const MAXIMUM_INSTRUCTIONS = 4096

export type Test = 'equal' | 'greater' | 'notLess' | 'anyBit'

export type Node =
  | { kind: 'return'; value: number }
  | { kind: 'load'; offset: number; next: Node }
  | { kind: 'and'; mask: number; next: Node }
  | { kind: 'jump'; test: Test; value: number; yes: Node; no: Node }

const LOAD = 0x20 // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54 // BPF_ALU | BPF_AND | BPF_K
const ALWAYS = 0x05 // BPF_JMP | BPF_JA
const RETURN = 0x06 // BPF_RET | BPF_K
const jumps: Record<Test, number> = { equal: 0x15, greater: 0x25, notLess: 0x35, anyBit: 0x45 }

/** Makes nodes; equal ones are made once. */
export class Graph {
  readonly #nodes = new Map<string, Node>()
  readonly #ids = new Map<Node, number>()

  return(value: number): Node {
    return this.#intern(`r${value}`, { kind: 'return', value })
  }

  load(offset: number, next: Node): Node {
    return this.#intern(`l${offset},${this.#id(next)}`, { kind: 'load', offset, next })
  }

  and(mask: number, next: Node): Node {
    return this.#intern(`a${mask},${this.#id(next)}`, { kind: 'and', mask, next })
  }

  /** `holds`: the offset of the word that the accumulator has here, unmasked; who needs the same one next does not load it again. */
  jump(test: Test, value: number, yes: Node, no: Node, holds?: number): Node {
    const then = loaded(yes, holds)
    const otherwise = loaded(no, holds)
    if (then === otherwise) return then
    return this.#intern(`${test}${value},${this.#id(then)},${this.#id(otherwise)}`, {
      kind: 'jump',
      test,
      value,
      yes: then,
      no: otherwise,
    })
  }

  #id(node: Node): number {
    return this.#ids.get(node) as number
  }

  #intern(key: string, node: Node): Node {
    const same = this.#nodes.get(key)
    if (same) return same
    this.#nodes.set(key, node)
    this.#ids.set(node, this.#ids.size)
    return node
  }
}

function loaded(node: Node, holds: number | undefined): Node {
  return node.kind === 'load' && node.offset === holds ? node.next : node
}

/** struct sock_filter[] whose first instruction is the root's. Throws when it is longer than the kernel takes. */
export function assemble(root: Node): Uint8Array {
  const writer = new BackwardWriter()
  const stack: Node[] = [root]
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Node
    const missing = writer.missing(node)
    if (missing) stack.push(missing)
    else {
      stack.pop()
      writer.place(node)
    }
  }
  return writer.bytes()
}

/** Jumps of classic BPF only go forwards, so code is written from its end: the targets of a jump are there before it. */
class BackwardWriter {
  /** code, jt, jf, k of each instruction, the last one first. */
  readonly #code: [number, number, number, number][] = []
  readonly #places = new Map<Node, number>()

  /** A successor that has to be placed before this node can be. */
  missing(node: Node): Node | undefined {
    if (this.#places.has(node) || node.kind === 'return') return undefined
    if (node.kind !== 'jump') return this.#places.has(node.next) ? undefined : node.next
    if (!this.#places.has(node.no)) return node.no
    return this.#places.has(node.yes) ? undefined : node.yes
  }

  place(node: Node): void {
    if (this.#places.has(node)) return
    if (node.kind === 'return') this.#emit(RETURN, node.value)
    else if (node.kind === 'jump') {
      // Bringing one target near moves the other away by one instruction, hence 254 for the first.
      this.#bringNear(node.no, 254)
      this.#bringNear(node.yes, 255)
      this.#emit(jumps[node.test], node.value, this.#distance(node.yes), this.#distance(node.no))
    } else {
      if (this.#distance(node.next) > 0) this.#emit(ALWAYS, this.#distance(node.next))
      if (node.kind === 'load') this.#emit(LOAD, node.offset)
      else this.#emit(AND, node.mask)
    }
    this.#places.set(node, this.#code.length - 1)
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#code.length * 8)
    const view = new DataView(bytes.buffer)
    this.#code.reverse().forEach(([code, yes, no, k], index) => {
      view.setUint16(index * 8, code, true)
      view.setUint8(index * 8 + 2, yes)
      view.setUint8(index * 8 + 3, no)
      view.setUint32(index * 8 + 4, k, true)
    })
    return bytes
  }

  /** Instructions between the next one to be written and the target. */
  #distance(target: Node): number {
    return this.#code.length - (this.#places.get(target) as number) - 1
  }

  /** A conditional jump reaches 255 instructions. What is farther gets a copy (a verdict) or a long jump on the way. */
  #bringNear(target: Node, limit: number): void {
    if (this.#distance(target) <= limit) return
    if (target.kind === 'return') this.#emit(RETURN, target.value)
    else this.#emit(ALWAYS, this.#distance(target))
    this.#places.set(target, this.#code.length - 1)
  }

  #emit(code: number, k: number, yes = 0, no = 0): void {
    if (this.#code.length >= MAXIMUM_INSTRUCTIONS) {
      throw invalid(
        `the filter would be longer than the ${MAXIMUM_INSTRUCTIONS} instructions that the kernel takes`,
        'use fewer rules with arguments, or fewer architectures',
      )
    }
    this.#code.push([code, yes, no, k])
  }
}
