import { reportError } from '../failure.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'IMAGE [IMAGE...]',
  least: 1,
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Force removal of the image' },
    'no-prune': { kind: 'bool', help: 'Do not delete untagged parents', hidden: true },
  },
  async run(invocation) {
    const { Image } = await invocation.engine()
    let code = 0
    for (const reference of invocation.args) {
      try {
        const image = await Image.get(reference)
        const { untagged, deleted } = await image.remove({ force: invocation.flags.force })
        for (const name of untagged) invocation.print(`Untagged: ${name}`)
        for (const id of deleted) invocation.print(`Deleted: ${id}`)
      } catch (error) {
        code = reportError(error, { program: `gantry ${invocation.name}`, command: undefined, debug: false, stderr: invocation.stderr })
      }
    }
    return code
  },
})
