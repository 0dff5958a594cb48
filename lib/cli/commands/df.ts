import { humanSize, listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { containerListing, containerRow } from '../rows/container.js'
import { imageListing, imageRow } from '../rows/image.js'
import { usageListing, usageRows } from '../rows/usage.js'
import type { Engine } from '../sdk.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    format: { kind: 'string', help: listFormatHelp },
    verbose: { kind: 'bool', short: 'v', help: 'Show detailed information on space usage' },
  },
  async run({ flags, engine, print, stdout }) {
    const opened = await engine()
    const usage = await opened.diskUsage()
    if (flags.verbose && !flags.format) {
      for (const line of await eachThing(opened, usage, stdout.isTTY === true)) print(line)
      return
    }
    for (const line of listingLines(usageListing, usageRows(usage), { format: flags.format, terminal: stdout.isTTY === true })) print(line)
  },
})

const imageTable = 'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.Containers}}'
const containerTable = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}'

/** What each image and each container takes, in docker's two tables. Which layers images share is not counted apart. */
async function eachThing(engine: Engine, { images, containers }: Awaited<ReturnType<Engine['diskUsage']>>, terminal: boolean): Promise<string[]> {
  const bytes = new Map(containers.items.map((item) => [item.id, item.bytes]))
  const users = new Map(images.items.map((item) => [item.id, item.containers]))
  const imageRows = (await Promise.all((await engine.Image.list()).map((image) => image.inspect()))).flatMap(({ id, tags, digest, createdAt, sizeBytes: size }) =>
    (tags.length > 0 ? tags : [null]).map((reference) => imageRow({ id, reference, digest, createdAt, size, containers: users.get(id) ?? 0 }, false)),
  )
  const infos = await Promise.all((await engine.Container.list({ all: true })).map((container) => container.inspect()))
  // The size of the writable layer alone: what the layers of its image take is told above.
  const containerRows = infos.map((info) => Object.defineProperty(containerRow(info, false), 'Size', { value: humanSize(bytes.get(info.id) ?? 0) }))
  return [
    'Images space usage:',
    '',
    ...listingLines(imageListing, imageRows, { format: imageTable, terminal }),
    '',
    'Containers space usage:',
    '',
    ...listingLines(containerListing, containerRows, { format: containerTable, terminal }),
  ]
}
