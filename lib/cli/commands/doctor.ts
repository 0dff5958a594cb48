import { type Finding, examine } from '../doctor/index.js'
import { objectFormatHelp, printObject } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

const marks = { ok: ['✓', 32], note: ['!', 33], missing: ['✗', 31] } as const

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: { format: { kind: 'string', help: objectFormatHelp } },
  description: 'Changes nothing. Exits with 1 when containers cannot run on this machine.',
  async run({ flags, print, stdout }) {
    const findings = await examine()
    const missing = findings.filter(({ level }) => level === 'missing').length
    if (flags.format) print(printObject(findings.map((one) => ({ Level: one.level, Title: one.title, Found: one.found, Help: one.help ?? '' })), flags.format))
    else {
      for (const finding of findings) print(lineOf(finding, stdout.isTTY === true && process.env.NO_COLOR === undefined))
      print(missing === 0 ? '\nThis machine can run containers.' : `\nThis machine cannot run containers yet: ${missing === 1 ? 'one thing is' : `${missing} things are`} missing (✗).`)
    }
    return missing === 0 ? 0 : 1
  },
})

function lineOf({ level, title, found, help }: Finding, colours: boolean): string {
  const [mark, colour] = marks[level]
  const shown = colours ? `\x1b[${colour}m${mark}\x1b[0m` : mark
  return `${shown} ${title.padEnd(16)} ${found}${help ? `\n  ${' '.repeat(16)} ${help}` : ''}`
}
