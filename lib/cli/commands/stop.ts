import { defineCommand } from '../parse/command.js'
import { forEachContainer } from './each.js'
import { graceFlags, graceOf } from './grace.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: graceFlags,
  run: (invocation) => forEachContainer(invocation, (container) => container.stop(graceOf(invocation.flags))),
})
