import { isFields, printFormatted, printJson, printValue } from './print.js'

/** A function of templates; it throws a plain Error that says what is wrong with its arguments. */
type TemplateFunction = (...values: unknown[]) => unknown

/** What counts as false: nothing, zero, the empty text, list and map. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isFields(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Error(`wrong type for value; expected string; got ${value === undefined || value === null ? 'nil' : typeof value}`)
}

function index(value: unknown, ...keys: unknown[]): unknown {
  let current = value
  for (const key of keys) {
    if (current === null || current === undefined) throw new Error('index of untyped nil')
    if (Array.isArray(current) || typeof current === 'string') {
      if (typeof key !== 'number' || !Number.isInteger(key)) throw new Error(`cannot index slice/array with type ${typeof key}`)
      if (key < 0 || key >= current.length) throw new Error(`index out of range: ${key}`)
      current = typeof current === 'string' ? Buffer.from(current)[key] : current[key]
    } else if (isFields(current)) {
      const name = text(key)
      // As Go gives a map's zero value, which prints as nothing.
      current = Object.hasOwn(current, name) ? current[name] : ''
    } else throw new Error(`can't index item of type ${typeof current}`)
  }
  return current
}

function slice(value: unknown, from: unknown = 0, to?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new Error(`can't slice item of type ${typeof value}`)
  const end = to ?? value.length
  for (const bound of [from, end]) {
    if (typeof bound !== 'number' || bound < 0 || bound > value.length) throw new Error(`index out of range: ${printValue(bound)}`)
  }
  if ((from as number) > (end as number)) throw new Error(`invalid slice index: ${from} > ${end}`)
  return value.slice(from as number, end as number)
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  if (isFields(value)) return Object.keys(value).length
  throw new Error(value === null || value === undefined ? 'len of nil pointer' : `len of type ${typeof value}`)
}

function order(a: unknown, b: unknown): number {
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) throw new Error('incompatible types for comparison')
  return a < (b as typeof a) ? -1 : a > (b as typeof a) ? 1 : 0
}

function equal(a: unknown, b: unknown): boolean {
  const [left, right] = [a ?? null, b ?? null]
  if (left !== null && right !== null && typeof left !== typeof right) throw new Error('incompatible types for comparison')
  if (typeof left === 'object' && left !== null) throw new Error('non-comparable type')
  return left === right
}

const functions: Record<string, TemplateFunction> = {
  // Go's own.
  not: (value) => !isTrue(value),
  len: (value) => length(value),
  index,
  slice,
  print: (...values) => values.map((value, i) => (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string' ? ' ' : '') + printValue(value)).join(''),
  println: (...values) => `${values.map(printValue).join(' ')}\n`,
  printf: (format, ...values) => printFormatted(text(format), values),
  html: (...values) => values.map(printValue).join('').replace(/[&<>'"\0]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' })[letter] ?? '\uFFFD'),
  urlquery: (...values) => encodeURIComponent(values.map(printValue).join('')).replaceAll('%20', '+'),
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error('missing argument for comparison')
    return others.some((other) => equal(first, other))
  },
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
  // docker's.
  json: printJson,
  join: (list, separator) => {
    if (!Array.isArray(list)) throw new Error(`wrong type for value; expected []string; got ${typeof list}`)
    return list.map(printValue).join(text(separator))
  },
  split: (value, separator) => text(value).split(text(separator)),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  title: (value) => text(value).replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase()),
  pad: (value, before, after) => (value === '' ? '' : ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after))),
  truncate: (value, size) => [...text(value)].slice(0, Number(size)).join(''),
}

/** How many arguments a function takes: [least, most]. Any number where it is absent. */
const arity: Record<string, [number, number]> = {
  not: [1, 1], len: [1, 1], ne: [2, 2], lt: [2, 2], le: [2, 2], gt: [2, 2], ge: [2, 2], json: [1, 1], join: [2, 2], split: [2, 2],
  lower: [1, 1], upper: [1, 1], title: [1, 1], pad: [3, 3], truncate: [2, 2], slice: [1, 4],
}

/** `and` and `or` are the evaluator's own: they do not evaluate what they need not. */
export const functionNames: ReadonlySet<string> = new Set([...Object.keys(functions), 'and', 'or'])

/** Calls a function by its name; throws a plain Error. */
export function callFunction(name: string, values: unknown[]): unknown {
  const [least, most] = arity[name] ?? [name === 'printf' || name === 'index' ? 1 : 0, Number.POSITIVE_INFINITY]
  if (values.length < least || values.length > most) {
    const want = least === most ? String(least) : values.length < least ? `at least ${least}` : `at most ${most}`
    throw new Error(`wrong number of args for ${name}: want ${want} got ${values.length}`)
  }
  return functions[name]!(...values)
}
