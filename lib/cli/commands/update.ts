import type { LimitOptions, Restart } from '../../container/types.js'
import { CommandError, defineCommand } from '../parse/index.js'
import { fillFromTable, liveLimitFlags } from '../spec/index.js'
import { forEachContainer } from './each.js'

const table = {
  ...liveLimitFlags,
  restart: { kind: 'string', help: 'Restart policy to apply when a container exits', field: 'restart', values: ['no', 'always', 'unless-stopped', 'on-failure'] },
} as const

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: table,
  async run(invocation) {
    const { flags, given } = invocation
    if (given.size === 0) throw new CommandError('you must provide one or more flags when using this command')
    const changes = fillFromTable<LimitOptions & { restart?: Restart }>({}, table, flags, given)
    return forEachContainer(invocation, (container) => container.update(changes))
  },
})
