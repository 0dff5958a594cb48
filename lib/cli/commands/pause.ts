import { defineCommand } from '../parse/command.js'
import { forEachContainer } from './each.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: {},
  run: (invocation) => forEachContainer(invocation, (container) => container.pause()),
})
