import { TemplateError } from './error.js'
import { callFunction, isTrue } from './functions.js'
import { isFields, printValue } from './print.js'
import type { Node, Operand, Pipe, Template } from './syntax.js'

export interface ExecuteOptions {
  /** Fields that are nil where the data has not got them, rather than an error. */
  optional?: ReadonlySet<string>
  /** Fields whose keys are free (labels, ports): a key that they have not got is `<no value>`. */
  open?: ReadonlySet<string>
  /** What is done to every text before it is printed. */
  clean?: (text: string) => string
  /** Replaces functions, for header rows. */
  functions?: Readonly<Record<string, (...values: unknown[]) => unknown>>
}

/** Thrown through the evaluator by {{break}} and {{continue}}. */
class LoopJump {
  constructor(readonly kind: 'break' | 'continue') {}
}

/** Prints `data` by a template; a function among its fields is called with the arguments that follow it. Throws TemplateError where it asks for what is not there. */
export function executeTemplate(template: Template, data: unknown, options: ExecuteOptions = {}): string {
  return new Evaluator(template, data, options).print()
}

class Evaluator {
  #output = ''
  #scope: [string, unknown][]
  #depth = 0

  constructor(readonly template: Template, readonly data: unknown, readonly options: ExecuteOptions) {
    this.#scope = [['', data]]
  }

  print(): string {
    this.#walk(this.template.body, this.data)
    return this.#output
  }

  #walk(nodes: readonly Node[], dot: unknown): void {
    for (const node of nodes) {
      switch (node.kind) {
        case 'text':
          this.#output += node.text
          break
        case 'action': {
          const value = this.#pipe(node.pipe, dot)
          if (node.pipe.variables.length > 0) break
          const text = value === null ? printNothing(node.pipe, this.options) : printValue(value)
          this.#output += this.options.clean?.(text) ?? text
          break
        }
        case 'if':
        case 'with': {
          const mark = this.#scope.length
          const value = this.#pipe(node.pipe, dot)
          if (isTrue(value)) this.#walk(node.body, node.kind === 'with' ? value : dot)
          else this.#walk(node.otherwise, dot)
          this.#scope.length = mark
          break
        }
        case 'range':
          this.#range(node, dot)
          break
        case 'template':
          this.#call(node, dot)
          break
        default:
          throw new LoopJump(node.kind)
      }
    }
  }

  #range(node: Extract<Node, { kind: 'range' }>, dot: unknown): void {
    const mark = this.#scope.length
    const { variables } = node.pipe
    const value = this.#pipe({ ...node.pipe, variables: [] }, dot)
    const entries = this.#entries(value)
    try {
      for (const [key, item] of entries) {
        this.#scope.length = mark
        if (variables.length === 1) this.#assign(node.pipe.declares, variables[0]!, item)
        if (variables.length === 2) {
          this.#assign(node.pipe.declares, variables[0]!, key)
          this.#assign(node.pipe.declares, variables[1]!, item)
        }
        try {
          this.#walk(node.body, item)
        } catch (jump) {
          if (!(jump instanceof LoopJump) || jump.kind === 'break') throw jump
        }
      }
    } catch (jump) {
      if (!(jump instanceof LoopJump)) throw jump
    }
    this.#scope.length = mark
    if (entries.length === 0) this.#walk(node.otherwise, dot)
  }

  /** Lists in their order, maps by sorted keys, a number as 0 to n-1. */
  #entries(value: unknown): [unknown, unknown][] {
    if (Array.isArray(value)) return value.map((item, i) => [i, item])
    if (isFields(value)) return Object.keys(value).sort().map((key) => [key, value[key]])
    if (value === null || value === undefined || value === '') return []
    if (typeof value === 'number' && Number.isInteger(value)) return Array.from({ length: Math.min(value, 1e6) }, (_, i) => [i, i])
    throw this.#fail('', `range can't iterate over ${printValue(value)}`)
  }

  #call(node: Extract<Node, { kind: 'template' }>, dot: unknown): void {
    const body = this.template.definitions.get(node.name)
    if (!body) throw this.#fail('', `template ${JSON.stringify(node.name)} not defined`)
    if (this.#depth >= 1000) throw this.#fail('', 'exceeded maximum template depth')
    const value = node.pipe ? this.#pipe(node.pipe, dot) : undefined
    const scope = this.#scope
    this.#scope = [['', value]]
    this.#depth++
    this.#walk(body, value)
    this.#depth--
    this.#scope = scope
  }

  #pipe(pipe: Pipe, dot: unknown): unknown {
    let value: unknown
    pipe.commands.forEach((command, i) => {
      value = this.#command(command, dot, i > 0 ? [value] : [])
    })
    for (const name of pipe.variables) this.#assign(pipe.declares, name, value)
    return value
  }

  #command(command: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    const [first, ...rest] = command as [Operand, ...Operand[]]
    if (first.kind === 'literal' && first.value === null) throw this.#fail('nil', 'nil is not a command', first.at)
    if (first.kind !== 'function') {
      const target = this.#value(first, dot)
      if (typeof target === 'function') return target(...rest.map((operand) => this.#value(operand, dot)), ...piped)
      if (rest.length > 0 || piped.length > 0) throw this.#fail(first.text, `can't give argument to non-function ${first.text}`, first.at)
      return target
    }
    const replaced = this.options.functions?.[first.name]
    if (replaced) return replaced(...rest.map((operand) => this.#value(operand, dot)), ...piped)
    if (first.name === 'and' || first.name === 'or') return this.#logic(first, rest, dot, piped)
    const values = rest.map((operand) => this.#value(operand, dot))
    try {
      return callFunction(first.name, [...values, ...piped])
    } catch (error) {
      if (error instanceof TemplateError) throw error
      throw this.#fail(command.map(({ text }) => text).join(' '), `error calling ${first.name}: ${(error as Error).message}`, first.at)
    }
  }

  #logic(operator: Operand & { kind: 'function' }, operands: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    if (operands.length + piped.length === 0) throw this.#fail(operator.text, `wrong number of args for ${operator.name}: want at least 1 got 0`, operator.at)
    let value: unknown
    for (const operand of operands) {
      value = this.#value(operand, dot)
      if (isTrue(value) === (operator.name === 'or')) return value
    }
    return piped.length > 0 ? piped[0] : value
  }

  #value(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value
      case 'dot':
        return dot
      case 'field':
        return this.#fields(dot, operand.path, operand)
      case 'variable':
        return this.#fields(this.#lookup(operand.name), operand.path, operand)
      case 'group':
        return this.#fields(this.#pipe(operand.pipe, dot), operand.path, operand)
      case 'function':
        return this.#command([operand], dot, [])
    }
  }

  #fields(value: unknown, path: readonly string[], operand: { text: string; at: number }): unknown {
    let current = value
    let parent = ''
    let at = operand.at + operand.text.length - path.reduce((sum, name) => sum + name.length + 1, 0)
    for (const name of path) {
      if (current === null || current === undefined) throw this.#fail(operand.text, `nil pointer evaluating ${parent || 'interface {}'}.${name}`, at)
      if (!isFields(current)) throw this.#fail(operand.text, `can't evaluate field ${name} in type ${Array.isArray(current) ? 'list' : typeof current}`, at)
      if (Object.hasOwn(current, name)) current = current[name]
      else if (this.options.open?.has(parent)) current = undefined
      else if (this.options.optional?.has(name)) current = null
      else throw this.#fail(operand.text, `map has no entry for key ${JSON.stringify(name)}`, at)
      parent = name
      at += name.length + 1
    }
    return current
  }

  #lookup(name: string): unknown {
    for (let i = this.#scope.length - 1; i >= 0; i--) if (this.#scope[i]![0] === name) return this.#scope[i]![1]
    return undefined
  }

  #assign(declares: boolean, name: string, value: unknown): void {
    if (declares) {
      this.#scope.push([name, value])
      return
    }
    for (let i = this.#scope.length - 1; i >= 0; i--) {
      if (this.#scope[i]![0] === name) {
        this.#scope[i]![1] = value
        return
      }
    }
  }

  #fail(text: string, message: string, at = 0): TemplateError {
    return new TemplateError(text === '' ? message : `executing "" at <${text}>: ${message}`, this.template.source, at, true)
  }
}

/** How a null prints: Go's lists and maps are never nil to their reader, its pointers are. */
function printNothing(pipe: Pipe, options: ExecuteOptions): string {
  const [operand] = pipe.commands[0]!
  const name = pipe.commands.length === 1 && operand && 'path' in operand ? operand.path.at(-1) : undefined
  if (name === undefined || options.optional?.has(name)) return '<nil>'
  return options.open?.has(name) ? 'map[]' : '[]'
}
