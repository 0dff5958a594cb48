/** Writes launch programs: the format is in docs/architecture.md. */
import { GantryError } from '../errors/index.js'
import type { OpenProgram } from './template.js'
import { type ArgumentType, flags, type OperationArguments, type OperationName, operations, operationNames, type SectionName, sections } from './tables.js'

const MAGIC = 0x50474e47
const VERSION = 1

export interface OperationFailure {
  section: number
  index: number
  operation: number
  errno: number
}

export interface EmitOptions {
  /** ENOENT and ENOTDIR are fine. */ ignoreMissing?: boolean
  /** Any failure is fine. */ ignoreErrors?: boolean
}

/** A compiled program: bytes for the monitor, and the memory of what each operation was for. */
export interface Program {
  readonly bytes: Uint8Array
  /** The name and the arguments of an operation, for an error message. */
  operation(failure: OperationFailure): { name: OperationName; args: Record<string, unknown> } | undefined
}

interface Emitted {
  name: OperationName
  args: Record<string, unknown>
  flags: number
}

/** Operations are collected by section, then laid out in one buffer. */
export class ProgramWriter {
  readonly #sections = new Map<SectionName, Emitted[]>()

  emit<Name extends OperationName>(section: SectionName, name: Name, args: OperationArguments[Name], options?: EmitOptions): void {
    let list = this.#sections.get(section)
    if (!list) this.#sections.set(section, (list = []))
    list.push({
      name,
      args: args as Record<string, unknown>,
      flags: options === undefined ? 0 : (options.ignoreMissing ? flags.ignoreMissing : 0) | (options.ignoreErrors ? flags.ignoreErrors : 0),
    })
  }

  finish(): OpenProgram {
    const layout = new Layout()
    const rows: { kind: number; list: Emitted[]; offset: number; bytes: number }[] = []
    for (const [name, list] of this.#sections) if (name !== 'child') rows.push({ kind: sections.indexOf(name), list, offset: 0, bytes: 0 })
    // Last, so that the last texts of all are those of its last operation: the arguments of the program.
    const child = this.#sections.get('child')
    if (child) rows.push({ kind: sections.indexOf('child'), list: child, offset: 0, bytes: 0 })
    layout.header(rows.length)
    const table = layout.reserve(rows.length * 16)
    for (const row of rows) {
      row.offset = layout.size
      for (const operation of row.list) layout.operation(operation)
      row.bytes = layout.size - row.offset
    }
    layout.tails()
    rows.forEach((row, i) => layout.sectionRow(table + i * 16, row.kind, row.offset, row.bytes, row.list.length))
    const bytes = layout.finish()
    const kept = this.#sections
    const { argumentsAt, argumentsCell } = layout
    return {
      bytes,
      argumentsAt,
      withArguments: (start, candidates, argv) => Layout.continued(start).arguments(argumentsCell, candidates, argv),
      operation(failure) {
        const name = sections[failure.section]
        const found = name === undefined ? undefined : kept.get(name)?.[failure.index]
        return found && operations[found.name].code === failure.operation ? { name: found.name, args: found.args } : undefined
      },
    }
  }
}

/** The growing buffer. Texts are interned at the end, and their cells patched when everything has its place. */
class Layout {
  #buffer = Buffer.allocUnsafe(32 * 1024)
  size = 0
  #tails: { cell: number; kind: 'text' | 'bytes' | 'texts' | 'numbers'; value: unknown }[] = []
  #executeCell = -1
  /** Where the tails of the last execute operation begin, which are the last: its environment comes before. */
  argumentsAt = 0
  argumentsCell = -1

  /** Goes on behind bytes that were laid out before. */
  static continued(start: Buffer): Layout {
    const layout = new Layout()
    const at = layout.reserve(start.length)
    layout.#buffer.set(start, at)
    return layout
  }

  /** Writes the first two lists of an execute operation, and ends. */
  arguments(cell: number, candidates: readonly string[], argv: readonly string[]): Uint8Array {
    const texts = new Map<string, number>()
    this.#texts(texts, cell, candidates)
    this.#texts(texts, cell + 8, argv)
    return this.finish()
  }

  reserve(bytes: number): number {
    const at = this.size
    if (at + bytes > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, at + bytes + 4096))
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.size += bytes
    return at
  }

  header(sectionCount: number): void {
    const at = this.reserve(16)
    this.#buffer.writeUInt32LE(MAGIC, at)
    this.#buffer.writeUInt16LE(VERSION, at + 4)
    this.#buffer.writeUInt16LE(sectionCount, at + 6)
    this.#buffer.writeUInt32LE(0, at + 12)
  }

  sectionRow(at: number, kind: number, offset: number, bytes: number, count: number): void {
    this.#buffer.writeUInt32LE(kind, at)
    this.#buffer.writeUInt32LE(offset, at + 4)
    this.#buffer.writeUInt32LE(bytes, at + 8)
    this.#buffer.writeUInt32LE(count, at + 12)
  }

  operation(emitted: Emitted): void {
    const { code, args } = operations[emitted.name]
    const at = this.reserve(8 + args.length * 8)
    if (emitted.name === 'execute') this.#executeCell = at + 8
    this.#buffer.writeUInt16LE(code, at)
    this.#buffer.writeUInt16LE(emitted.flags, at + 2)
    this.#buffer.writeUInt32LE(8 + args.length * 8, at + 4)
    let cell = at + 8
    for (const [name, type] of args) {
      this.#argument(cell, type, emitted.args[name])
      cell += 8
    }
  }

  #argument(cell: number, type: ArgumentType, value: unknown): void {
    switch (type) {
      case 'u64':
        if (typeof value === 'bigint') this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), cell)
        else this.#number(cell, (value as number | undefined) ?? 0)
        break
      case 'i64':
      case 'slot':
        this.#number(cell, (value as number | undefined) ?? -1)
        break
      case 'str':
        this.#tails.push({ cell, kind: 'text', value })
        break
      case 'bytes':
        this.#tails.push({ cell, kind: 'bytes', value })
        break
      case 'strs':
        this.#tails.push({ cell, kind: 'texts', value })
        break
      case 'u32s':
        this.#tails.push({ cell, kind: 'numbers', value })
        break
    }
  }

  /** Two's complement in two halves: much cheaper than going through BigInt. */
  #number(cell: number, value: number): void {
    this.#buffer.writeUInt32LE(value >>> 0, cell)
    this.#buffer.writeInt32LE(Math.floor(value / 4294967296), cell + 4)
  }

  tails(): void {
    const texts = new Map<string, number>()
    const last = this.#executeCell
    const ofProgram: { cell: number; value: unknown }[] = []
    for (const { cell, kind, value } of this.#tails) {
      if (last >= 0 && (cell === last || cell === last + 8)) ofProgram.push({ cell, value })
      else if (kind === 'texts') this.#texts(texts, cell, value as readonly string[])
      else if (kind === 'numbers') {
        const list = value as readonly number[]
        this.#align()
        const table = this.reserve(list.length * 4)
        list.forEach((number, i) => this.#buffer.writeUInt32LE(number, table + i * 4))
        this.#pair(cell, table, list.length)
      } else if (kind === 'text' || typeof value === 'string') {
        const { offset, length } = this.#text(texts, value as string)
        this.#pair(cell, offset, length)
      } else {
        const bytes = value as Uint8Array
        this.#align()
        const at = this.reserve(bytes.length + 1)
        this.#buffer.set(bytes, at)
        this.#buffer[at + bytes.length] = 0
        this.#pair(cell, at, bytes.length)
      }
    }
    this.argumentsAt = this.size
    this.argumentsCell = last
    for (const { cell, value } of ofProgram) this.#texts(texts, cell, value as readonly string[])
  }

  #texts(seen: Map<string, number>, cell: number, list: readonly string[]): void {
    this.#align()
    const table = this.reserve((list.length + 1) * 8)
    this.#pair(cell, table, list.length)
    list.forEach((text, i) => this.#number(table + i * 8, this.#text(seen, text).offset))
    this.#number(table + list.length * 8, 0)
  }

  #text(seen: Map<string, number>, text: string): { offset: number; length: number } {
    const length = Buffer.byteLength(text)
    const known = seen.get(text)
    if (known !== undefined) return { offset: known, length }
    if (text.includes('\0')) {
      throw new GantryError('ERR_INVALID_OPTION', `a text for the kernel cannot hold a NUL character: ${JSON.stringify(text)}`)
    }
    const offset = this.reserve(length + 1)
    if (length !== text.length) this.#buffer.write(text, offset)
    // Plain texts, which nearly all are, byte by byte: crossing into C++ costs more than twenty characters do.
    else if (length > 64) this.#buffer.write(text, offset, 'latin1')
    else for (let i = 0; i < length; i++) this.#buffer[offset + i] = text.charCodeAt(i)
    this.#buffer[offset + length] = 0
    seen.set(text, offset)
    return { offset, length }
  }

  #pair(cell: number, offset: number, count: number): void {
    this.#buffer.writeUInt32LE(offset, cell)
    this.#buffer.writeUInt32LE(count, cell + 4)
  }

  #align(): void {
    const gap = (8 - (this.size % 8)) % 8
    if (gap === 0) return
    const at = this.reserve(gap)
    this.#buffer.fill(0, at, this.size)
  }

  finish(): Uint8Array {
    this.#buffer.writeUInt32LE(this.size, 8)
    return this.#buffer.subarray(0, this.size)
  }
}

/** The name of an operation code, for messages about programs that we did not compile ourselves. */
export const operationName = (code: number): string => operationNames[code - 1] ?? `operation ${code}`
