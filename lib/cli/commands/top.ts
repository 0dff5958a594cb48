import { alignColumns } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'CONTAINER [ps OPTIONS]',
  least: 1,
  flags: {},
  interspersed: false,
  async run({ args: [name, ...psArguments], engine, print }) {
    const { Container } = await engine()
    const container = await Container.get(name!)
    const { titles, processes } = await container.top(psArguments)
    for (const line of alignColumns([titles, ...processes].map((row) => row.join('\t')), 20)) print(line)
  },
})
