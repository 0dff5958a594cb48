import { reportError } from '../failure.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {},
  async run(invocation) {
    const engine = await invocation.engine()
    const { started, failed } = await engine.restore()
    for (const name of started) invocation.print(name)
    for (const { name, error } of failed) {
      invocation.warn(`could not start ${name}:`)
      reportError(error, { program: 'gantry system restore', command: undefined, debug: false, stderr: invocation.stderr })
    }
    return failed.length > 0 ? 1 : 0
  },
})
