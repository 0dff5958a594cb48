import { checkFilter, filtersOf, objectFormatHelp, printObject, withoutControls } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { eventDocument, eventLine } from '../rows/event.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    filter: { kind: 'list', short: 'f', word: 'filter', help: 'Filter output based on conditions provided', check: checkFilter },
    format: { kind: 'string', help: objectFormatHelp },
    since: { kind: 'string', help: 'Show all events created since timestamp' },
    until: { kind: 'string', help: 'Stream events until this timestamp' },
  },
  async run({ flags, engine, print, stdout }) {
    const { format } = flags
    // A template that cannot be read is told at once, not with the first event.
    if (format && format !== 'json') (await import('../template/index.js')).parseTemplate(format)
    const opened = await engine()
    const events = opened.events({
      ...(flags.since === undefined ? {} : { since: flags.since }),
      ...(flags.until === undefined ? {} : { until: flags.until }),
      filters: filtersOf(flags.filter),
    })
    for await (const event of events) {
      const line = format ? printObject(eventDocument(event), format) : eventLine(event)
      print(stdout.isTTY ? withoutControls(line) : line)
    }
  },
})
