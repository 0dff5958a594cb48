import { checkFilter, filtersOf, listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { containerListing, containerRow, containerTableWithSize } from '../rows/container.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Show all containers (default shows just running)' },
    filter: { kind: 'list', short: 'f', word: 'filter', help: 'Filter output based on conditions provided', check: checkFilter },
    format: { kind: 'string', help: listFormatHelp },
    last: { kind: 'int', short: 'n', default: -1, help: 'Show n last created containers (includes all states)' },
    latest: { kind: 'bool', short: 'l', help: 'Show the latest created container (includes all states)' },
    'no-trunc': { kind: 'bool', help: "Don't truncate output" },
    quiet: { kind: 'bool', short: 'q', help: 'Only display container IDs' },
    size: { kind: 'bool', short: 's', help: 'Display total file sizes' },
  },
  async run({ flags, engine, print, stdout }) {
    const last = flags.latest ? 1 : flags.last
    const { Container } = await engine()
    const containers = await Container.list({ all: flags.all || last > 0, filters: filtersOf(flags.filter) })
    const infos = await Promise.all(containers.map((container) => container.inspect()))
    infos.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    const shown = last > 0 ? infos.slice(0, last) : infos
    const format = flags.size && !flags.format ? containerTableWithSize : flags.format
    const rows = shown.map((info) => containerRow(info, flags['no-trunc']))
    for (const line of listingLines(containerListing, rows, { format: flags.quiet && !flags.format ? undefined : format, quiet: flags.quiet, terminal: stdout.isTTY === true })) print(line)
  },
})
