import { humanSize } from '../format/index.js'
import { CommandError } from '../parse/error.js'
import type { Streams } from '../parse/command.js'
import type { Attachment, Container } from '../sdk.js'
import { defaultDetachKeys, inputIsTerminal, parseKeys, proxySignals, Session } from '../terminal/index.js'

export interface ForegroundOptions {
  /** The streams to tie; lower case. */ attach: readonly ('stdin' | 'stdout' | 'stderr')[]
  tty: boolean
  detachKeys?: string | undefined
  sigProxy: boolean
  /** Whether `logs` can show afterwards what was printed. */ hasLog: boolean
  /** What to do once the streams are tied: start the container, or nothing when it runs already. */ begin(): Promise<void>
  /** Resolves to the exit code of what has begun. Called before `begin`, so that nothing is missed. */ ended(): Promise<number>
}

/** Ties a container to this terminal, begins, and gives its exit code when it has ended; 0 when the user detached. */
export async function runInForeground(container: Container, streams: Streams, options: ForegroundOptions): Promise<number> {
  const { attach, tty } = options
  const interactive = attach.includes('stdin')
  requireTerminal(streams, tty && interactive)
  const attachment: Attachment = await container.attach({ stdin: interactive, stdout: attach.includes('stdout'), stderr: attach.includes('stderr'), lossless: true })
  const session = new Session(attachment, streams, { tty, interactive, detachKeys: parseKeys(options.detachKeys ?? defaultDetachKeys) })
  let begun!: () => void
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  // What it prints first may be seen before its start is known: a signal that answers it must wait for that.
  const stopProxy = options.sigProxy && !tty ? proxySignals((signal) => started.then(() => container.kill(signal))) : () => {}
  try {
    const ended = options.ended()
    // When `begin` fails, that is the failure to tell.
    ended.catch(() => {})
    await options.begin()
    begun()
    session.begin()
    const code = await Promise.race([ended, session.detached.then(() => null)])
    if (code === null) return 0
    await session.drained()
    if (attachment.missedBytes > 0) streams.stderr.write(`${missed(attachment.missedBytes, options.hasLog ? container.name : undefined)}\n`)
    return code
  } finally {
    stopProxy()
    session.close()
    attachment.close()
  }
}

/** A container waits for whoever it runs in the foreground of; what was lost all the same (a reader who stood still at its end) is told. */
function missed(bytes: number, name: string | undefined): string {
  const help = name === undefined ? '' : `; the log may still have it: gantry logs ${name}`
  return `gantry: ${humanSize(bytes)} of what the container printed was not read in time and is missing here${help}`
}

/** docker's words for -it with input from no terminal. */
export function requireTerminal(streams: Streams, needed: boolean): void {
  if (needed && !inputIsTerminal(streams)) throw new CommandError('the input device is not a TTY', 1, "leave out -t, or use 'script' or 'ssh -t' to give the command a terminal")
}
