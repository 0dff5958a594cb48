import { TemplateError } from './error.js'

/** What a template is made of: plain text, and within {{ }} the words of an action. */
export type Token =
  | { kind: 'text'; text: string; at: number }
  | { kind: 'open' | 'close' | 'pipe' | 'comma' | 'left' | 'right' | 'declare' | 'assign' | 'dot' | 'space'; at: number }
  | { kind: 'field' | 'variable' | 'name'; text: string; at: number }
  | { kind: 'string'; text: string; at: number }
  | { kind: 'number'; value: number; at: number }

const simple: Record<string, 'pipe' | 'comma' | 'left' | 'right' | 'assign'> = { '|': 'pipe', ',': 'comma', '(': 'left', ')': 'right', '=': 'assign' }
const quotations: Record<string, string> = { '`': 'raw quoted string', '"': 'quoted string', "'": 'character constant' }
const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'", a: '\x07', b: '\b', f: '\f', v: '\v' }

/** Cuts a template into tokens; {{- and -}} have eaten the white space beside them. */
export function lex(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let trimNext = false
  while (at < source.length) {
    const open = source.indexOf('{{', at)
    let text = open < 0 ? source.slice(at) : source.slice(at, open)
    if (trimNext) text = text.trimStart()
    const trimBefore = open >= 0 && /^\{\{-[ \t\r\n]/.test(source.slice(open, open + 4))
    if (trimBefore) text = text.trimEnd()
    if (text !== '') tokens.push({ kind: 'text', text, at })
    if (open < 0) break
    const inside = open + (trimBefore ? 3 : 2)
    const end = lexAction(source, inside, open, tokens)
    trimNext = end.trim
    at = end.at
  }
  return tokens
}

function lexAction(source: string, start: number, open: number, tokens: Token[]): { at: number; trim: boolean } {
  const comment = /^\s*\/\*[\s\S]*?\*\/(\s+-)?\s*\}\}/.exec(source.slice(start))
  if (comment) return { at: start + comment[0].length, trim: comment[1] !== undefined }
  tokens.push({ kind: 'open', at: open })
  let at = start
  while (at < source.length) {
    const rest = source.slice(at)
    const close = /^(\s+-)?\}\}/.exec(rest)
    if (close) {
      tokens.push({ kind: 'close', at })
      return { at: at + close[0].length, trim: close[1] !== undefined }
    }
    const space = /^\s+/.exec(rest)
    if (space) {
      tokens.push({ kind: 'space', at })
      at += space[0].length
      continue
    }
    at += lexWord(source, rest, at, tokens)
  }
  throw new TemplateError('unclosed action', source, open)
}

/** Reads one token of an action; gives its length. */
function lexWord(source: string, rest: string, at: number, tokens: Token[]): number {
  const first = rest[0]!
  if (rest.startsWith(':=')) {
    tokens.push({ kind: 'declare', at })
    return 2
  }
  const kind = simple[first]
  if (kind) {
    tokens.push({ kind, at })
    return 1
  }
  if (first === '"' || first === '`' || first === "'") return lexQuoted(source, rest, at, tokens)
  const number = /^[+-]?(0[xX][0-9a-fA-F]+|[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|\.[0-9]+)(?![\p{L}_])/u.exec(rest)
  if (number) {
    tokens.push({ kind: 'number', value: Number(number[0]), at })
    return number[0].length
  }
  const word = /^([.$]?)([\p{L}\p{N}_]*)/u.exec(rest)!
  if (word[1] === '.') tokens.push(word[2] ? { kind: 'field', text: word[2], at } : { kind: 'dot', at })
  else if (word[1] === '$') tokens.push({ kind: 'variable', text: word[2]!, at })
  else if (word[2]) tokens.push({ kind: 'name', text: word[2], at })
  else throw new TemplateError(badCharacter(first), source, at)
  return word[0].length
}

function lexQuoted(source: string, rest: string, at: number, tokens: Token[]): number {
  const quote = rest[0]!
  let text = ''
  for (let i = 1; i < rest.length; i++) {
    const letter = rest[i]!
    if (letter === quote) {
      if (quote === "'") tokens.push({ kind: 'number', value: text.codePointAt(0) ?? 0, at })
      else tokens.push({ kind: 'string', text, at })
      return i + 1
    }
    if (quote !== '`' && letter === '\n') break
    if (quote === '`' || letter !== '\\') {
      text += letter
      continue
    }
    const coded = /^(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})/.exec(rest.slice(i + 1))?.[0]
    if (coded) {
      text += String.fromCodePoint(/^[0-7]/.test(coded) ? Number.parseInt(coded, 8) : Number.parseInt(coded.slice(1), 16))
      i += coded.length
    } else {
      const plain = escapes[rest[++i] ?? '']
      if (plain === undefined) throw new TemplateError('invalid syntax in quoted string', source, at)
      text += plain
    }
  }
  throw new TemplateError(`unterminated ${quotations[quote]}`, source, at)
}

function badCharacter(letter: string): string {
  const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return `bad character U+${code} '${letter}'`
}
