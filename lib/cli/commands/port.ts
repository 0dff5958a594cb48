import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  least: 1,
  most: 2,
  flags: {},
  async run({ args: [name, port], engine }) {
    const { Container } = await engine()
    // Ports are published with bridge networks, which come later: no container has any.
    await Container.get(name!)
    if (port !== undefined) throw new CommandError(`no public port '${/\//.test(port) ? port : `${port}/tcp`}' published for ${name}`)
  },
})
