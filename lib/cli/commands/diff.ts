import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'CONTAINER',
  least: 1,
  most: 1,
  flags: {},
  async run({ args: [name], engine, print }) {
    const { Container } = await engine()
    const container = await Container.get(name!)
    for (const { kind, path } of await container.diff()) print(`${kind} ${path}`)
  },
})
