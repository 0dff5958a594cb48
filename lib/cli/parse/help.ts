import type { Command } from './command.js'
import { type Flag, type Flags, kindWords } from './flags.js'

/** The usage line of a command: 'gantry run [OPTIONS] IMAGE [COMMAND] [ARG...]'. */
export function usageLine(program: string, command: Pick<Command, 'flags' | 'usage'>): string {
  const options = Object.values(command.flags).some((flag) => !flag.hidden) ? ' [OPTIONS]' : ''
  return `Usage:  ${program}${options}${command.usage ? ` ${command.usage}` : ''}`
}

/** The page that --help prints. `width` is the terminal's, in columns. */
export function helpPage(program: string, summary: string, aliases: readonly string[], command: Command, width = 80): string {
  const parts = [`${usageLine(program, command)}\n`, `${summary}\n`]
  if (command.description) parts.push(`${command.description}\n`)
  if (aliases.length > 1) parts.push(`Aliases:\n  ${aliases.join(', ')}\n`)
  const options = flagLines(command.flags, width)
  if (options.length > 0) parts.push(`Options:\n${options.join('\n')}\n`)
  return parts.join('\n')
}

/** The lines of the help that describe a table of flags, sorted by name, folded to `width`. */
export function flagLines(flags: Flags, width: number): string[] {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const word = flag.word ?? kindWords[flag.kind]
      const short = flag.short ? `-${flag.short}, ` : '    '
      return { left: `  ${short}--${name}${word ? ` ${word}` : ''}`, right: describe(flag) }
    })
  const column = Math.max(0, ...rows.map((row) => row.left.length)) + 3
  const room = Math.max(20, width - column)
  return rows.map(({ left, right }) => left.padEnd(column) + fold(right, room).join(`\n${' '.repeat(column)}`))
}

function describe(flag: Flag): string {
  const shown = flag.shown ?? plainDefault(flag)
  return shown === '' ? flag.help : `${flag.help} (default ${shown})`
}

function plainDefault({ default: value }: Flag): string {
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return ''
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function fold(text: string, room: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > room) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}
