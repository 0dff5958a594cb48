import { GantryError } from '../../errors/index.js'
import { defineCommand } from '../parse/command.js'
import { forEachContainer } from './each.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    link: { kind: 'bool', short: 'l', help: 'Remove the specified link', hidden: true },
    volumes: { kind: 'bool', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  async run(invocation) {
    const { force } = invocation.flags
    // As docker: with --force, what is not there need not be removed.
    if (force) {
      const { Container } = await invocation.engine()
      const present = await Promise.all(invocation.args.map((name) => Container.get(name).then(() => true, (error: unknown) => !(error instanceof GantryError && error.code === 'ERR_CONTAINER_NOT_FOUND'))))
      invocation.args = invocation.args.filter((_, i) => present[i])
    }
    return forEachContainer(invocation, (container) => container.remove({ force }))
  },
})
