import { confirm } from '../confirm.js'
import { checkFilter, filtersOf, humanSize } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    filter: { kind: 'list', word: 'filter', help: 'Provide filter values (e.g. "until=<timestamp>")', check: checkFilter },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
  },
  async run(invocation) {
    const { flags, print } = invocation
    if (!flags.force && !(await confirm(invocation, 'WARNING! This will remove all stopped containers.'))) return
    const { Container } = await invocation.engine()
    const { removed, reclaimedBytes } = await Container.prune({ filters: filtersOf(flags.filter) })
    if (removed.length > 0) print(`Deleted Containers:\n${removed.join('\n')}\n`)
    print(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}`)
  },
})
