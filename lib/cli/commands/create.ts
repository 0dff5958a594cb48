import { defineCommand } from '../parse/command.js'
import { containerSpec, createFlags } from '../spec/index.js'
import { writeCidfile } from './cidfile.js'

export const command = defineCommand({
  usage: 'IMAGE [COMMAND] [ARG...]',
  least: 1,
  interspersed: false,
  flags: createFlags,
  failureCode: 125,
  async run({ flags, given, args, engine, print }) {
    const spec = containerSpec(flags, given, args)
    const cidfile = writeCidfile(flags.cidfile)
    try {
      const { Container } = await engine()
      const { id } = await Container.create(spec)
      cidfile.write(id)
      print(id)
    } finally {
      cidfile.close()
    }
  },
})
