import { defineCommand } from '../parse/command.js'
import { forEachContainer } from './each.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: {},
  async run(invocation) {
    const codes = new Map<string, number>()
    return forEachContainer(
      invocation,
      async (container, name) => {
        const { exitCode } = await container.wait()
        codes.set(name, exitCode ?? 255)
      },
      (name) => String(codes.get(name)),
    )
  },
})
