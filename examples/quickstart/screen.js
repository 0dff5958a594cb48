/** How the quickstart prints: colours only on a terminal that wants them (NO_COLOR turns them off). */
const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : String(text))

export const bold = paint('1')
export const dim = paint('2')
export const red = paint('31')
export const green = paint('32')
export const cyan = paint('36')

const failures = []

export function say(text = '') {
  console.log(text === '' ? '' : `  ${text}`)
}

export function title(number, text, code) {
  say()
  say(`${cyan(number)}  ${bold(text)}`)
  if (code) say(dim(`   ${code}`))
}

/** A claim and what was seen. What does not hold makes the quickstart fail. */
export function shows(holds, claim, seen = '') {
  say(`   ${holds ? green('✓') : red('✗')} ${claim.padEnd(34)} ${dim(seen)}`.trimEnd())
  if (!holds) failures.push(claim)
}

export function printed(text) {
  for (const line of text.trimEnd().split('\n')) say(`   ${dim('│')} ${line}`)
}

export function milliseconds(value) {
  return value < 10
    ? `${value.toFixed(2)} ms`
    : value < 1000
      ? `${value.toFixed(0)} ms`
      : `${(value / 1000).toFixed(1)} s`
}

export function table(rows) {
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows) say(`   ${name.padEnd(width)}  ${bold(String(value).padStart(9))}`)
}

/** Claims that did not hold. */
export function failed() {
  return failures
}

export function giveUp(message, ...help) {
  console.error(`${red('Gantry cannot run here:')} ${message}`)
  for (const line of help) console.error(`  ${line}`)
  process.exit(1)
}
