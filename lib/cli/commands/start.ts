import { CommandError, defineCommand } from '../parse/index.js'
import { checkKeys } from '../terminal/keys.js'
import { forEachContainer } from './each.js'
import { runInForeground } from './foreground.js'

export const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: {
    attach: { kind: 'bool', short: 'a', help: 'Attach STDOUT/STDERR and forward signals' },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container', check: checkKeys },
    interactive: { kind: 'bool', short: 'i', help: "Attach container's STDIN" },
    'sig-proxy': { kind: 'bool', default: true, help: 'Proxy received signals to the process' },
  },
  runsPrograms: true,
  async run(invocation) {
    const { flags, args } = invocation
    if (!flags.attach && !flags.interactive) return forEachContainer(invocation, (container) => container.start())
    if (args.length > 1) throw new CommandError('you cannot start and attach multiple containers at once')
    const { Container } = await invocation.engine()
    const container = await Container.get(args[0]!)
    const { status, spec } = await container.inspect()
    if (status === 'running' || status === 'paused') throw new CommandError(`container ${args[0]} is running already`, 1, `use 'gantry attach ${args[0]}'`)
    return runInForeground(container, invocation, {
      attach: flags.interactive && spec.stdinOpen ? ['stdin', 'stdout', 'stderr'] : ['stdout', 'stderr'],
      tty: spec.tty === true,
      detachKeys: flags['detach-keys'],
      sigProxy: flags['sig-proxy'],
      hasLog: !spec.autoRemove,
      begin: () => container.start(),
      ended: async () => (await container.wait({ condition: spec.autoRemove ? 'removed' : 'next-exit' })).exitCode ?? 255,
    })
  },
})
