const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']

/** '123MB': a number of bytes with `precision` significant digits (3 by default) in powers of 1,000. */
export function humanSize(bytes: number, precision = 3): string {
  return scale(bytes, 1000, decimal, precision)
}

/** '117.7MiB': a number of bytes with four significant digits in powers of 1,024. */
export function binarySize(bytes: number): string {
  return scale(bytes, 1024, binary, 4)
}

function scale(bytes: number, base: number, units: readonly string[], precision: number): string {
  let value = bytes
  let unit = 0
  // What rounds up to the base goes to the next unit: '1MB' where docker's client prints '1e+03kB'.
  while (Number(value.toPrecision(precision)) >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  return `${Number(value.toPrecision(precision))}${units[unit]}`
}
