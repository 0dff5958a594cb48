import { CommandError, defineCommand } from '../parse/index.js'
import { checkKeys } from '../terminal/keys.js'
import { runInForeground } from './foreground.js'

export const command = defineCommand({
  usage: 'CONTAINER',
  least: 1,
  most: 1,
  flags: {
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container', check: checkKeys },
    'no-stdin': { kind: 'bool', help: 'Do not attach STDIN' },
    'sig-proxy': { kind: 'bool', default: true, help: 'Proxy all received signals to the process' },
  },
  async run(invocation) {
    const { flags, args } = invocation
    const { Container } = await invocation.engine()
    const container = await Container.get(args[0]!)
    const { status, spec } = await container.inspect()
    if (status === 'paused') throw new CommandError('cannot attach to a paused container, unpause it first')
    if (status === 'restarting') throw new CommandError('cannot attach to a restarting container, wait until it is running')
    if (status !== 'running') throw new CommandError('cannot attach to a stopped container, start it first')
    return runInForeground(container, invocation, {
      attach: spec.stdinOpen && !flags['no-stdin'] ? ['stdin', 'stdout', 'stderr'] : ['stdout', 'stderr'],
      tty: spec.tty === true,
      detachKeys: flags['detach-keys'],
      sigProxy: flags['sig-proxy'],
      hasLog: true,
      begin: async () => {},
      ended: async () => (await container.wait()).exitCode ?? 255,
    })
  },
})
