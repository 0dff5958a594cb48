import { CommandError, defineCommand } from '../parse/index.js'
import { containerSpec, createFlags, runFlags } from '../spec/index.js'
import { writeCidfile } from './cidfile.js'
import { requireTerminal, runInForeground } from './foreground.js'

type StreamName = 'stdin' | 'stdout' | 'stderr'

export const command = defineCommand({
  usage: 'IMAGE [COMMAND] [ARG...]',
  least: 1,
  interspersed: false,
  flags: { ...createFlags, ...runFlags },
  failureCode: 125,
  runsPrograms: true,
  async run(invocation) {
    const { flags, given, args, print } = invocation
    const spec = containerSpec(flags, given, args)
    if (flags.detach && flags.attach.length > 0) throw new CommandError('conflicting options: cannot specify both --attach and --detach', 125)
    const attach = flags.attach.length > 0 ? flags.attach.map((name) => name.toLowerCase() as StreamName) : streamsOf(flags.interactive)
    if (!flags.detach) requireTerminal(invocation, flags.tty && attach.includes('stdin'))
    const cidfile = writeCidfile(flags.cidfile)
    try {
      const { Container } = await invocation.engine()
      const container = await Container.create(spec)
      cidfile.write(container.id)
      const begin = async () => {
        try {
          await container.start()
        } catch (error) {
          // What has never run is not left over by --rm.
          if (flags.rm) await container.remove({ force: true }).catch(() => {})
          throw error
        }
      }
      if (flags.detach) {
        await begin()
        print(container.id)
        return 0
      }
      return await runInForeground(container, invocation, {
        attach,
        tty: flags.tty,
        detachKeys: flags['detach-keys'],
        sigProxy: flags['sig-proxy'],
        hasLog: !flags.rm && flags['log-driver'] !== 'none',
        begin,
        ended: async () => (await container.wait({ condition: flags.rm ? 'removed' : 'next-exit' })).exitCode ?? 255,
      })
    } finally {
      cidfile.close()
    }
  },
})

/** Without -a: what is printed, and with -i what is typed. */
function streamsOf(interactive: boolean): StreamName[] {
  return interactive ? ['stdin', 'stdout', 'stderr'] : ['stdout', 'stderr']
}
