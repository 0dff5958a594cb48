import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'bash',
  least: 1,
  most: 1,
  flags: {},
  description: "For this shell: source <(gantry completion bash)\nFor all shells:  gantry completion bash > /etc/bash_completion.d/gantry",
  async run({ args: [shell], stdout }) {
    if (shell !== 'bash') throw new CommandError(`there is no completion for ${shell}`, 1, "use 'gantry completion bash'")
    const { bashCompletion } = await import('../completion/bash.js')
    stdout.write(await bashCompletion())
  },
})
