import { containerDocument } from '../documents.js'
import { inspectFlags, printDocuments } from '../inspect-format.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: { ...inspectFlags, size: { kind: 'bool', short: 's', help: 'Display total file sizes' } },
  async run(invocation) {
    const engine = await invocation.engine()
    return printDocuments(invocation, invocation.flags.format, (name) => containerDocument(engine, name, invocation.flags.size))
  },
})
