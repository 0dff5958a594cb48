import { confirm } from '../confirm.js'
import { checkFilter, filtersOf, humanSize } from '../format/index.js'
import { deletedImages } from '../pruned.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Remove all unused images not just dangling ones' },
    filter: { kind: 'list', word: 'filter', help: 'Provide filter values (e.g. "label=<key>=<value>")', check: checkFilter },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
    volumes: { kind: 'bool', help: 'Prune anonymous volumes' },
  },
  async run(invocation) {
    const { flags, print } = invocation
    const images = flags.all ? 'all images without at least one container associated to them' : 'all dangling images'
    if (!flags.force && !(await confirm(invocation, `WARNING! This will remove:\n  - all stopped containers\n  - ${images}\n`))) return
    const engine = await invocation.engine()
    const pruned = await engine.prune({ all: flags.all, filters: filtersOf(flags.filter) })
    if (pruned.containers.removed.length > 0) print(`Deleted Containers:\n${pruned.containers.removed.join('\n')}\n`)
    for (const line of deletedImages(pruned.images)) print(line)
    print(`Total reclaimed space: ${humanSize(pruned.containers.reclaimedBytes + pruned.images.reclaimedBytes, 4)}`)
  },
})
