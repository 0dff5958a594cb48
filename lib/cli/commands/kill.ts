import { defineCommand } from '../parse/command.js'
import { forEachContainer } from './each.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: { signal: { kind: 'string', short: 's', help: 'Signal to send to the container', shown: '"KILL"' } },
  run: (invocation) => forEachContainer(invocation, (container) => container.kill(invocation.flags.signal)),
})
