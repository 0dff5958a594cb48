import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'CONTAINER',
  least: 1,
  most: 1,
  flags: { output: { kind: 'string', short: 'o', help: 'Write to a file, instead of STDOUT' } },
  async run({ flags, args: [name], engine, stdout }) {
    if (flags.output === undefined && stdout.isTTY) throw new CommandError('cowardly refusing to save to a terminal. Use the -o flag or redirect')
    const { Container } = await engine()
    const container = await Container.get(name!)
    const archive = await container.export()
    if (flags.output !== undefined) {
      await pipeline(archive, createWriteStream(flags.output))
      return
    }
    for await (const chunk of archive) if (!stdout.write(chunk)) await once(stdout, 'drain')
  },
})
