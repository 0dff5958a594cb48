import { TemplateError } from './error.js'
import { lex, type Token } from './lexer.js'
import { functionNames } from './functions.js'
import type { Node, Operand, Pipe, Template } from './syntax.js'

/** Parses a template of Go's text/template, as docker's --format takes it. Throws TemplateError. */
export function parseTemplate(source: string): Template {
  return new Parser(source).parse()
}

type End = 'end' | 'else' | 'eof'

class Parser {
  readonly #tokens: Token[]
  readonly #definitions = new Map<string, Node[]>()
  readonly #variables: string[] = ['']
  #at = 0
  #loops = 0

  constructor(readonly source: string) {
    this.#tokens = lex(source)
  }

  parse(): Template {
    const { nodes, end } = this.#list()
    if (end !== 'eof') throw this.#fail(`unexpected {{${end}}}`)
    return { body: nodes, definitions: this.#definitions, source: this.source }
  }

  /** Reads nodes up to {{end}}, {{else}} or the end of the text. */
  #list(): { nodes: Node[]; end: End } {
    const nodes: Node[] = []
    for (;;) {
      const token = this.#tokens[this.#at]
      if (!token) return { nodes, end: 'eof' }
      this.#at++
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text })
        continue
      }
      this.#skipSpace()
      const word = this.#tokens[this.#at]
      const keyword = word?.kind === 'name' ? word.text : ''
      if (keyword === 'end') {
        this.#at++
        this.#close('end')
        return { nodes, end: 'end' }
      }
      if (keyword === 'else') {
        this.#at++
        return { nodes, end: 'else' }
      }
      const node = this.#action(keyword)
      if (node) nodes.push(node)
    }
  }

  #action(keyword: string): Node | null {
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        this.#at++
        return this.#control(keyword)
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw this.#fail(`{{${keyword}}} outside {{range}}`)
        this.#at++
        this.#close(keyword)
        return { kind: keyword }
      case 'define': {
        this.#at++
        const name = this.#name('define')
        this.#close('define clause')
        const { nodes, end } = this.#list()
        if (end !== 'end') throw this.#fail(`unexpected ${end === 'eof' ? 'EOF' : '{{else}}'}`)
        this.#definitions.set(name, nodes)
        return null
      }
      case 'template': {
        this.#at++
        const name = this.#name('template')
        this.#skipSpace()
        const pipe = this.#peek()?.kind === 'close' ? null : this.#pipe('template clause', 'close')
        if (!pipe) this.#close('template clause')
        return { kind: 'template', name, pipe }
      }
      default: {
        const pipe = this.#pipe('command', 'close')
        return { kind: 'action', pipe }
      }
    }
  }

  #control(kind: 'if' | 'with' | 'range'): Node {
    const scope = this.#variables.length
    const pipe = this.#pipe(kind, 'close', kind === 'range')
    if (kind === 'range') this.#loops++
    const first = this.#list()
    if (kind === 'range') this.#loops--
    let otherwise: Node[] = []
    if (first.end === 'else') {
      this.#skipSpace()
      const next = this.#peek()
      if (next?.kind === 'name' && (next.text === 'if' || next.text === 'with') && kind !== 'range') {
        this.#at++
        otherwise = [this.#control(next.text)]
        this.#variables.length = scope
        return { kind, pipe, body: first.nodes, otherwise }
      }
      this.#close('else')
      const second = this.#list()
      if (second.end !== 'end') throw this.#fail(second.end === 'eof' ? 'unexpected EOF' : 'expected end; found {{else}}')
      otherwise = second.nodes
    } else if (first.end === 'eof') throw this.#fail('unexpected EOF')
    this.#variables.length = scope
    return { kind, pipe, body: first.nodes, otherwise }
  }

  #pipe(context: string, end: 'close' | 'right', ranged = false): Pipe {
    this.#skipSpace()
    const { variables, declares } = this.#declaration(ranged)
    const commands: Operand[][] = []
    for (;;) {
      commands.push(this.#command(context))
      const token = this.#tokens[this.#at++]
      if (token?.kind === end) break
      if (token?.kind !== 'pipe') throw this.#fail(`unexpected ${describe(token)} in ${context}`)
    }
    for (const command of commands.slice(1)) {
      const [first] = command
      if (first?.kind === 'literal' || first?.kind === 'dot') throw this.#fail(`non executable command in pipeline stage ${commands.indexOf(command) + 1}`)
    }
    if (declares) this.#variables.push(...variables)
    return { variables, declares, commands }
  }

  /** `$x :=`, `$x =`, or in a range `$i, $x :=`. */
  #declaration(ranged: boolean): { variables: string[]; declares: boolean } {
    const start = this.#at
    const variables: string[] = []
    for (;;) {
      this.#skipSpace()
      const token = this.#peek()
      if (token?.kind !== 'variable') break
      this.#at++
      variables.push(token.text)
      this.#skipSpace()
      const next = this.#tokens[this.#at++]
      if (next?.kind === 'declare') return { variables, declares: true }
      if (next?.kind === 'assign') {
        for (const name of variables) this.#known(name)
        return { variables, declares: false }
      }
      if (next?.kind !== 'comma' || !ranged || variables.length === 2) break
    }
    this.#at = start
    return { variables: [], declares: false }
  }

  #command(context: string): Operand[] {
    const operands: Operand[] = []
    for (;;) {
      this.#skipSpace()
      const token = this.#peek()
      if (!token || ['close', 'right', 'pipe'].includes(token.kind)) break
      operands.push(this.#operand(token, context))
    }
    if (operands.length === 0) throw this.#fail(context === 'command' ? 'missing value for command' : `missing value for ${context}`)
    return operands
  }

  #operand(token: Token, context: string): Operand {
    this.#at++
    const { at } = token
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text, text: JSON.stringify(token.text), at }
      case 'number':
        return { kind: 'literal', value: token.value, text: String(token.value), at }
      case 'dot':
        return { kind: 'dot', text: '.', at }
      case 'field': {
        const path = [token.text, ...this.#path()]
        return { kind: 'field', path, text: `.${path.join('.')}`, at }
      }
      case 'variable': {
        this.#known(token.text)
        const path = this.#path()
        return { kind: 'variable', name: token.text, path, text: `$${[token.text, ...path].join('.')}`, at }
      }
      case 'left': {
        const pipe = this.#pipe('parenthesized pipeline', 'right')
        return { kind: 'group', pipe, path: this.#path(), text: '(...)', at }
      }
      case 'name': {
        const word = token.text
        if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true', text: word, at }
        if (word === 'nil') return { kind: 'literal', value: null, text: word, at }
        if (!functionNames.has(word)) throw this.#fail(`function ${JSON.stringify(word)} not defined`)
        return { kind: 'function', name: word, text: word, at }
      }
      default:
        throw this.#fail(`unexpected ${describe(token)} in ${context}`)
    }
  }

  /** The fields that follow without a space. */
  #path(): string[] {
    const path: string[] = []
    for (let token = this.#peek(); token?.kind === 'field'; token = this.#peek()) {
      path.push(token.text)
      this.#at++
    }
    return path
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) throw this.#fail(`undefined variable "$${name}"`)
  }

  #name(clause: string): string {
    this.#skipSpace()
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'string') throw this.#fail(`unexpected ${describe(token)} in ${clause} clause`)
    return token.text
  }

  #close(context: string): void {
    this.#skipSpace()
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'close') throw this.#fail(`unexpected ${describe(token)} in ${context}`)
  }

  #fail(message: string): TemplateError {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length) - 1]
    return new TemplateError(message, this.source, token?.at ?? 0)
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #skipSpace(): void {
    while (this.#tokens[this.#at]?.kind === 'space') this.#at++
  }
}

const spellings: Partial<Record<Token['kind'], string>> = { close: '"}}"', pipe: '"|"', comma: '","', left: '"("', right: '")"', declare: '":="', assign: '"="', dot: '<.>' }

function describe(token: Token | undefined): string {
  if (!token) return 'EOF'
  if (token.kind === 'number') return `<${token.value}>`
  if ('text' in token) return `<${token.kind === 'field' ? '.' : token.kind === 'variable' ? '$' : ''}${token.text}>`
  return spellings[token.kind] ?? token.kind
}
