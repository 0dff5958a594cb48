import { confirm } from '../confirm.js'
import { checkFilter, humanSize } from '../format/index.js'
import { deletedImages, pruneFilters } from '../pruned.js'
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
    const removed = await Image.prune({ all: flags.all, filters: pruneFilters(flags.filter) })
    for (const line of deletedImages(removed)) print(line)
    print(`Total reclaimed space: ${humanSize(removed.reclaimedBytes, 4)}`)
  },
})
