import { flagLines, type Flags } from './parse/index.js'
import { allCommands, commonNames, type Entry, groups } from './registry.js'

/** The flags that stand before the command. */
export const globalFlags = {
  debug: { kind: 'bool', short: 'D', help: 'Show where errors come from' },
  root: { kind: 'string', help: 'Where containers and images are kept', shown: '$GANTRY_ROOT, else "/var/lib/gantry" for root' },
  'run-root': { kind: 'string', help: 'Where the state of running containers is kept', shown: '$GANTRY_RUN_ROOT, else "/run/gantry" for root' },
  version: { kind: 'bool', short: 'v', help: 'Print version information and quit' },
} as const satisfies Flags

/** What `gantry --help` prints. */
export function overview(width: number): string {
  const plain = allCommands().filter(({ names, later }) => !later && !names[0]!.includes(' '))
  const section = (title: string, rows: readonly (readonly [string, string])[]) => `${title}:\n${columns(rows)}\n`
  const row = (entry: Entry) => [entry.names[0]!, entry.summary] as const
  const byName = (a: readonly [string, string], b: readonly [string, string]) => (a[0] < b[0] ? -1 : 1)
  return [
    'Usage:  gantry [OPTIONS] COMMAND\n',
    'Run containers, without a daemon\n',
    section('Common Commands', commonNames.map((name) => row(plain.find(({ names }) => names[0] === name)!))),
    section('Management Commands', ['container', 'image', 'system'].map((name) => [name, groups[name]!] as const)),
    section('Commands', plain.filter(({ names }) => !commonNames.includes(names[0]!)).map(row).sort(byName)),
    `Global Options:\n${flagLines(globalFlags, width).join('\n')}\n`,
    "Run 'gantry COMMAND --help' for more information on a command.",
  ].join('\n')
}

/** What `gantry container` prints. */
export function groupOverview(group: string): string {
  const rows = allCommands().flatMap(({ names, summary, later }) => {
    const name = names.find((one) => one.startsWith(`${group} `))
    return name ? [[name.slice(group.length + 1), later ? `${summary} (comes later)` : summary] as const] : []
  })
  rows.sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return [`Usage:  gantry ${group} COMMAND\n`, `${groups[group]}\n`, `Commands:\n${columns(rows)}\n`, `Run 'gantry ${group} COMMAND --help' for more information on a command.`].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 3
  return rows.map(([name, summary]) => `  ${name.padEnd(Math.max(width, 12))}${summary}`).join('\n')
}
