import { imageDocument } from '../documents.js'
import { inspectFlags, printDocuments } from '../inspect-format.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'IMAGE [IMAGE...]',
  least: 1,
  flags: inspectFlags,
  async run(invocation) {
    const engine = await invocation.engine()
    return printDocuments(invocation, invocation.flags.format, (name) => imageDocument(engine, name))
  },
})
