import { constants } from 'node:os'
import type { RunResult } from '../../container/types.js'
import { CommandError, defineCommand } from '../parse/index.js'
import { environmentOf } from '../spec/index.js'
import { parseVariable } from '../spec/environment.js'
import { defaultDetachKeys, parseKeys, Session } from '../terminal/index.js'
import { checkKeys } from '../terminal/keys.js'
import { requireTerminal } from './foreground.js'

export const command = defineCommand({
  usage: 'CONTAINER COMMAND [ARG...]',
  least: 2,
  interspersed: false,
  runsPrograms: true,
  flags: {
    detach: { kind: 'bool', short: 'd', help: 'Detached mode: run command in the background' },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container', check: checkKeys },
    env: { kind: 'list', short: 'e', help: 'Set environment variables', check: (text: string) => parseVariable(text) },
    'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
    interactive: { kind: 'bool', short: 'i', help: 'Keep STDIN open even if not attached' },
    privileged: { kind: 'bool', help: 'Give extended privileges to the command' },
    tty: { kind: 'bool', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'string', short: 'u', help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' },
    workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
  },
  async run(invocation) {
    const { flags, given, args } = invocation
    const [name, ...words] = args as [string, ...string[]]
    if (!flags.detach) requireTerminal(invocation, flags.tty && flags.interactive)
    const { Container } = await invocation.engine()
    const container = await Container.get(name)
    const { status } = await container.inspect()
    if (status === 'paused') throw new CommandError(`container ${name} is paused, unpause the container before exec`)
    const job = container.exec(words, {
      ...(given.has('env') || given.has('env-file') ? { env: environmentOf(flags['env-file'], flags.env) } : {}),
      ...(flags.workdir === undefined ? {} : { workdir: flags.workdir }),
      ...(flags.user === undefined ? {} : { user: flags.user }),
      // As in docker: it does not end with this command, when the keys that detach are typed or this command is killed.
      ...(flags.detach ? { detach: true } : { lifetime: 'detached' as const }),
      tty: flags.tty,
      privileged: flags.privileged,
      stdinOpen: flags.interactive && !flags.detach,
      encoding: 'buffer',
      // What is printed goes by; nothing of it is kept.
      maxBuffer: 0,
    })
    if (flags.detach) {
      await job.started
      return 0
    }
    const session = new Session(job, invocation, { tty: flags.tty, interactive: flags.interactive, detachKeys: parseKeys(flags['detach-keys'] ?? defaultDetachKeys) })
    try {
      await job.started
      session.begin()
      const result = await Promise.race([job, session.detached])
      if (!result) return 0
      await session.drained()
      return exitCodeOf(result as RunResult<unknown>)
    } finally {
      session.close()
    }
  },
})

/** What a shell shows: the exit code, or 128 and the signal's number. */
function exitCodeOf({ exitCode, signal }: RunResult<unknown>): number {
  if (!signal) return exitCode
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)
}
