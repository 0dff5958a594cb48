import type { ContainerInfo } from '../../container/types.js'
import { checkFilter, filtersOf, listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import { containerListing, containerRow, type ContainerSize, containerTableWithSize } from '../rows/container.js'
import { type Engine, listContainers } from '../sdk.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Show all containers (default shows just running)' },
    filter: { kind: 'list', short: 'f', word: 'filter', help: 'Filter output based on conditions provided', check: checkFilter },
    format: { kind: 'string', help: listFormatHelp },
    last: { kind: 'int', short: 'n', default: -1, help: 'Show n last created containers (includes all states)' },
    latest: { kind: 'bool', short: 'l', help: 'Show the latest created container (includes all states)' },
    'no-trunc': { kind: 'bool', help: "Don't truncate output" },
    quiet: { kind: 'bool', short: 'q', help: 'Only display container IDs' },
    size: { kind: 'bool', short: 's', help: 'Display total file sizes' },
  },
  async run({ flags, roots, engine, print, stdout }) {
    const last = flags.latest ? 1 : flags.last
    const shown = await listContainers(roots, { all: flags.all, filters: filtersOf(flags.filter), ...(last > 0 ? { limit: last } : {}) })
    const format = flags.size && !flags.format ? containerTableWithSize : flags.format
    const sizeOf = flags.size || flags.format?.includes('.Size') ? await sizes(await engine()) : undefined
    const rows = shown.map((info) => containerRow(info, flags['no-trunc'], sizeOf?.(info)))
    for (const line of listingLines(containerListing, rows, { format: flags.quiet && !flags.format ? undefined : format, quiet: flags.quiet, terminal: stdout.isTTY === true })) print(line)
  },
})

/** What containers take on the disk; counted only when it is shown, since it walks their files. */
async function sizes(engine: Engine): Promise<(info: ContainerInfo) => ContainerSize> {
  const { layerSize } = await import('../../container/index.js')
  const { store } = engine.Container
  const images = new Map(await Promise.all((await engine.Image.list()).map(async (image) => [image.id, (await image.inspect()).sizeBytes] as const)))
  return ({ id, imageId }) => {
    const own = layerSize(store, id)
    return { own, all: own + (images.get(imageId) ?? 0) }
  }
}
