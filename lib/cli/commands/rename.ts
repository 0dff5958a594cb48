import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'CONTAINER NEW_NAME',
  least: 2,
  most: 2,
  flags: {},
  async run({ args: [name, newName], engine }) {
    const { Container } = await engine()
    const container = await Container.get(name!)
    await container.rename(newName!)
  },
})
