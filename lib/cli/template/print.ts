/** How Go's fmt prints values: what a user of docker's templates sees. */

/** A list or a map of a template's data. */
export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** As %v does. */
export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printValue).join(' ')}]`
  if (value instanceof Date) return value.toISOString()
  if (isFields(value)) {
    const keys = Object.keys(value).sort()
    return `map[${keys.map((key) => `${key}:${printValue(value[key])}`).join(' ')}]`
  }
  return typeof value === 'number' ? printNumber(value) : String(value)
}

function printNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** JSON without a space, as docker's `json` function prints it. A bigint keeps all its digits. */
export function printJson(value: unknown): string {
  const exact: string[] = []
  // No text of the data can look like this.
  const mark = `bigint ${Math.random()} `
  const text = JSON.stringify(value ?? null, (_key, item: unknown) => (typeof item === 'bigint' ? `${mark}${exact.push(item.toString()) - 1}` : item))
  return exact.reduce((whole, digits, i) => whole.replace(`"${mark}${i}"`, digits), text)
}

/** Go's printf for %v %s %q %d %x %X %o %b %c %t %f %e %g %T and %%, with flags, width and precision. */
export function printFormatted(format: string, values: readonly unknown[]): string {
  let next = 0
  const text = format.replace(/%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([a-zA-Z%])/g, (_all, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    const wide = width === '*' ? Number(values[next++]) : width === undefined ? 0 : Number(width)
    const exact = precision === '*' ? Number(values[next++]) : precision === undefined ? undefined : Number(precision)
    if (next >= values.length) return `%!${verb}(MISSING)`
    const body = printVerb(verb, values[next++], exact, flags)
    const left = flags.includes('-')
    const fill = flags.includes('0') && !left && /[dxXobfeg]/.test(verb) ? '0' : ' '
    if (left) return body.padEnd(wide)
    return fill === '0' && /^[+-]/.test(body) ? body[0]! + body.slice(1).padStart(wide - 1, '0') : body.padStart(wide, fill)
  })
  const extra = values.slice(next)
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${printValue(value)}`).join(', ')})`
}

function printVerb(verb: string, value: unknown, precision: number | undefined, flags: string): string {
  const wrong = () => `%!${verb}(${typeName(value)}=${printValue(value)})`
  const signed = (text: string, number: number) => (flags.includes('+') && number >= 0 ? `+${text}` : text)
  switch (verb) {
    case 'v':
      return printValue(value)
    case 's': {
      if (typeof value === 'number' || typeof value === 'boolean') return wrong()
      const text = printValue(value)
      return precision === undefined ? text : [...text].slice(0, precision).join('')
    }
    case 'q':
      if (Array.isArray(value)) return `[${value.map((item) => printVerb('q', item, precision, flags)).join(' ')}]`
      return typeof value === 'string' ? JSON.stringify(value) : wrong()
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong()
    case 'T':
      return typeName(value)
    case 'x':
    case 'X': {
      const hex = typeof value === 'number' && Number.isInteger(value) ? value.toString(16) : typeof value === 'string' ? Buffer.from(value).toString('hex') : null
      return hex === null ? wrong() : verb === 'X' ? hex.toUpperCase() : hex
    }
  }
  if (typeof value !== 'number') return wrong()
  switch (verb) {
    case 'd':
      return Number.isInteger(value) ? signed(String(value), value) : wrong()
    case 'o':
      return value.toString(8)
    case 'b':
      return value.toString(2)
    case 'c':
      return String.fromCodePoint(value)
    case 'f':
    case 'F':
      return signed(value.toFixed(precision ?? 6), value)
    case 'e':
      return signed(value.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2'), value)
    case 'g':
      return signed(precision === undefined ? printNumber(value) : String(Number(value.toPrecision(precision || 1))), value)
    default:
      return wrong()
  }
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map[string]interface {}'
}
