import { confirm } from '../confirm.js'
import { checkFilter, filtersOf, humanSize } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Remove all unused images, not just dangling ones' },
    filter: { kind: 'list', word: 'filter', help: 'Provide filter values (e.g. "until=<timestamp>")', check: checkFilter },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
  },
  async run(invocation) {
    const { flags, print } = invocation
    const warning = flags.all ? 'WARNING! This will remove all images without at least one container associated to them.' : 'WARNING! This will remove all dangling images.'
    if (!flags.force && !(await confirm(invocation, warning))) return
    const { Image } = await invocation.engine()
    const { removed, reclaimedBytes } = await Image.prune({ all: flags.all, filters: filtersOf(flags.filter) })
    if (removed.length > 0) print(`Deleted Images:\n${removed.map((id) => `deleted: ${id}`).join('\n')}\n`)
    print(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}`)
  },
})
