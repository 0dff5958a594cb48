import { listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { historyListing, historyRow } from '../rows/image.js'

export const command = defineCommand({
  usage: 'IMAGE',
  least: 1,
  most: 1,
  flags: {
    format: { kind: 'string', help: listFormatHelp },
    human: { kind: 'bool', short: 'H', default: true, help: 'Print sizes and dates in human readable format' },
    'no-trunc': { kind: 'bool', help: "Don't truncate output" },
    quiet: { kind: 'bool', short: 'q', help: 'Only show image IDs' },
  },
  async run({ flags, args: [name], engine, print, stdout }) {
    const { Image } = await engine()
    const image = await Image.get(name!)
    const steps = await image.history()
    // Only the newest step is an image that can be named; the others are its past.
    const rows = steps.map((step, i) =>
      historyRow(
        { id: i === 0 ? image.id : null, createdAt: step.created === undefined ? null : new Date(step.created), createdBy: step.created_by ?? '', size: step.sizeBytes, comment: step.comment ?? '' },
        flags['no-trunc'],
        flags.human,
      ),
    )
    for (const line of listingLines(historyListing, rows, { format: flags.format, quiet: flags.quiet, terminal: stdout.isTTY === true })) print(line)
  },
})
