import { GantryError } from '../../errors/index.js'
import { containerDocument, imageDocument } from '../documents.js'
import { checkType, inspectFlags, printDocuments } from '../inspect-format.js'
import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'NAME|ID [NAME|ID...]',
  least: 1,
  flags: {
    ...inspectFlags,
    size: { kind: 'bool', short: 's', help: 'Display total file sizes if the type is container' },
    type: { kind: 'string', help: 'Only inspect objects of the given type', values: ['container', 'image'] },
  },
  async run(invocation) {
    const { flags } = invocation
    const { type } = flags
    if (type !== undefined) checkType(type)
    const engine = await invocation.engine()
    return printDocuments(invocation, flags.format, async (name) => {
      for (const [kind, find] of [['container', containerDocument], ['image', imageDocument]] as const) {
        if (type !== undefined && type !== kind) continue
        try {
          return await find(engine, name, flags.size)
        } catch (error) {
          if (!(error instanceof GantryError) || !/_NOT_FOUND$/.test(error.code)) throw error
        }
      }
      throw new CommandError(`No such ${type ?? 'object'}: ${name}`)
    })
  },
})
