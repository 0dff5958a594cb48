import { CommandError } from '../parse/error.js'
import type { Command } from '../parse/command.js'

/** Stands for docker's commands that are known and whose work has not been done yet. Whatever follows the name is accepted. */
export const command: Command = {
  usage: '',
  least: 0,
  flags: {},
  interspersed: false,
  anyFlags: true,
  async run({ name }) {
    throw new CommandError(`'gantry ${name}' comes in a later version`, 1, hintOf(name))
  },
}

function hintOf(name: string): string | undefined {
  if (/^(image )?(pull|build|load)$/.test(name)) return "the image 'host' is this machine's own system, and 'gantry import' makes an image of a tar archive or a directory"
  if (name.startsWith('volume')) return 'bind a directory with -v SOURCE:TARGET'
  if (name.startsWith('network')) return 'the networks of today are none, host and container:<name|id>'
  if (/^(container )?commit$/.test(name)) return "'gantry export' and 'gantry import' make an image of a container's files"
  return undefined
}
