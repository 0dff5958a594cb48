import { listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { usageListing, usageRows } from '../rows/usage.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    format: { kind: 'string', help: listFormatHelp },
    verbose: { kind: 'bool', short: 'v', help: 'Show detailed information on space usage' },
  },
  async run({ flags, engine, print, stdout }) {
    const opened = await engine()
    const usage = await opened.diskUsage()
    for (const line of listingLines(usageListing, usageRows(usage), { format: flags.format, terminal: stdout.isTTY === true })) print(line)
  },
})
