import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  least: 2,
  most: 2,
  flags: {},
  async run({ args: [source, target], engine }) {
    const { Image } = await engine()
    const image = await Image.get(source!)
    await image.tag(target!)
  },
})
