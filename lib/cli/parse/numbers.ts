/** The values of flags, read as Go's strconv reads them: what works in docker's command line works here, with the same words when it does not. */

const truths: Record<string, boolean> = Object.assign(Object.create(null), {
  1: true, t: true, T: true, TRUE: true, true: true, True: true,
  0: false, f: false, F: false, FALSE: false, false: false, False: false,
})

export function parseBoolean(text: string): boolean {
  const value = truths[text]
  if (value === undefined) throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
  return value
}

/** A whole number in decimal, 0x, 0o or 0b notation, within the range where a double is exact. */
export function parseInteger(text: string): number {
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9][0-9]*)$/.test(text)) {
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  const negative = text.startsWith('-')
  const digits = text.replace(/^[+-]/, '').replace(/^0(?=[0-7])/, '0o')
  const value = Number(digits)
  if (!Number.isSafeInteger(value)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  return negative ? -value : value
}

export function parseUnsigned(text: string): number {
  if (/^[+-]/.test(text)) throw new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  return parseInteger(text)
}

/** A number of processors: at most nine digits after the point, since the kernel counts nanoseconds. */
export function parseDecimal(text: string): number {
  if (!/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(text)) throw new Error(`failed to parse ${text} as a rational number`)
  if (/\.[0-9]{9}0*[1-9]/.test(text)) throw new Error('value is too precise')
  return Number(text)
}

const powers: Record<string, number> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 }

/** A size in bytes: '512m', '1.5g', '64KiB'; every unit is a power of 1,024. */
export function parseBytes(text: string): number {
  const split = /^(-?)([0-9][0-9.]*|\.[0-9]+) ?(.*)$/s.exec(text)
  if (!split || !/^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(split[2]!) || split[1]) throw new Error(`invalid size: '${text}'`)
  const suffix = split[3]!
  const unit = /^([kmgtp]?)(i?b)?$|^b$/i.exec(suffix)
  const power = unit ? powers[(unit[1] ?? '').toLowerCase()] : undefined
  if (power === undefined || (suffix.toLowerCase() === 'ib')) throw new Error(`invalid suffix: '${suffix}'`)
  const bytes = Math.trunc(Number(split[2]) * 1024 ** power)
  if (!Number.isSafeInteger(bytes)) throw new Error(`invalid size: '${text}'`)
  return bytes
}

/** As `parseBytes`, with -1 for no bound (--memory-swap). */
export function parseBytesOrUnbounded(text: string): number {
  return text === '-1' ? -1 : parseBytes(text)
}

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, 'μs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's duration, '1h15m30.5s', in milliseconds. A number without a unit is an error, 0 is not. */
export function parseGoDuration(text: string): number {
  const quoted = JSON.stringify(text)
  const negative = text.startsWith('-')
  let rest = text.replace(/^[+-]/, '')
  if (rest === '0') return 0
  if (rest === '') throw new Error(`time: invalid duration ${quoted}`)
  let total = 0
  while (rest !== '') {
    const number = /^([0-9]+\.?[0-9]*|\.[0-9]+)/.exec(rest)
    if (!number) throw new Error(`time: invalid duration ${quoted}`)
    rest = rest.slice(number[0].length)
    const unit = /^[^0-9.]*/.exec(rest)![0]
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`)
    const scale = Object.hasOwn(unitMs, unit) ? unitMs[unit]! : undefined
    if (scale === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`)
    rest = rest.slice(unit.length)
    total += Number(number[0]) * scale
  }
  return negative ? -total : total
}
