/**
 * A launch program that is used again: compiled once, copied, and filled with what differs from start to start. Compiling is a third of a
 * warm start's TypeScript; filling is a copy and thirty short writes.
 */
import type { OperationFailure, Program } from './program.js'
import type { OperationName } from './tables.js'

/** What differs: texts of a fixed length (an id, a path that holds one), and numbers below 2^32 (the first of a range of user ids). */
export interface Marks {
  texts: readonly string[]
  numbers: readonly number[]
}

/** A program whose last part, the arguments of its program, can be exchanged. */
export interface OpenProgram extends Program {
  /** The bytes without the arguments, and a writer of others behind them. */
  withArguments(bytes: Buffer, candidates: readonly string[], argv: readonly string[]): Uint8Array
  readonly argumentsAt: number
}

export class ProgramTemplate {
  readonly #program: OpenProgram
  readonly #marks: Marks
  readonly #texts: readonly (readonly number[])[]
  readonly #numbers: readonly (readonly number[])[]

  /** `marks`: what stands in the program for what differs; each must be found nowhere else by chance. */
  constructor(program: OpenProgram, marks: Marks) {
    this.#program = program
    this.#marks = marks
    const bytes = Buffer.from(program.bytes.buffer, program.bytes.byteOffset, program.argumentsAt)
    this.#texts = positions(bytes, marks.texts.map((text) => Buffer.from(text)))
    this.#numbers = positions(bytes, marks.numbers.map(cell))
  }

  /** A program for these values, in the order and of the lengths of the marks, that runs this command. */
  fill(values: Marks, candidates: readonly string[], argv: readonly string[]): Program {
    const source = this.#program.bytes
    const bytes = Buffer.allocUnsafe(this.#program.argumentsAt)
    bytes.set(source.subarray(0, this.#program.argumentsAt))
    values.texts.forEach((text, i) => {
      for (const at of this.#texts[i]!) bytes.write(text, at, 'latin1')
    })
    values.numbers.forEach((number, i) => {
      for (const at of this.#numbers[i]!) bytes.writeUInt32LE(number, at)
    })
    return {
      bytes: this.#program.withArguments(bytes, candidates, argv),
      operation: (failure) => this.#operation(failure, values, candidates, argv),
    }
  }

  /** The template's operation with the marks replaced, for messages. */
  #operation(failure: OperationFailure, values: Marks, candidates: readonly string[], argv: readonly string[]): { name: OperationName; args: Record<string, unknown> } | undefined {
    const found = this.#program.operation(failure)
    if (!found) return undefined
    if (found.name === 'execute') return { name: found.name, args: { ...found.args, candidates, argv } }
    const args: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(found.args)) {
      if (typeof value === 'string') args[name] = this.#marks.texts.reduce((text, mark, i) => text.replaceAll(mark, values.texts[i]!), value)
      else args[name] = typeof value === 'number' && this.#marks.numbers.includes(value) ? values.numbers[this.#marks.numbers.indexOf(value)] : value
    }
    return { name: found.name, args }
  }
}

/** A number as its 8-byte cell. */
function cell(number: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(number, 0)
  return bytes
}

/** Where each pattern stands; a shorter one (the beginning of an id) is not looked for inside a longer one that was found. */
function positions(bytes: Buffer, patterns: readonly Buffer[]): number[][] {
  const taken: [number, number][] = []
  const found: number[][] = patterns.map(() => [])
  const byLength = patterns.map((pattern, index) => ({ pattern, index })).sort((a, b) => b.pattern.length - a.pattern.length)
  for (const { pattern, index } of byLength) {
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
      if (taken.some(([from, to]) => at < to && from < at + pattern.length)) continue
      taken.push([at, at + pattern.length])
      found[index]!.push(at)
    }
  }
  return found
}
