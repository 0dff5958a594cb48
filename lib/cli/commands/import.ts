import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'file|directory|- [REPOSITORY[:TAG]]',
  least: 1,
  most: 2,
  flags: {
    change: { kind: 'list', short: 'c', help: 'Apply Dockerfile instruction to the created image' },
    message: { kind: 'string', short: 'm', help: 'Set commit message for imported image' },
    platform: { kind: 'string', help: 'Set platform of the image' },
  },
  async run({ flags, args: [source, reference], engine, print, stdin }) {
    if (/^https?:\/\//.test(source!)) throw new CommandError('importing from a URL is not supported', 1, `use: curl -L ${source} | gantry import - ${reference ?? ''}`.trimEnd())
    if (source === '-' && stdin.isTTY) throw new CommandError("standard input is a terminal; pipe a tar archive into 'gantry import -'")
    const { Image } = await engine()
    const image = await Image.import(source === '-' ? stdin : source!, {
      ...(reference === undefined ? {} : { name: reference }),
      ...(flags.message === undefined ? {} : { message: flags.message }),
      ...(flags.platform === undefined ? {} : { platform: flags.platform }),
      ...(flags.change.length === 0 ? {} : { changes: flags.change }),
    })
    print(image.id)
  },
})
