/** A command in a running container. */
import { GantryError } from '../errors/index.js'
import { resolveUser } from '../image/index.js'
import { compileExec, explainFailure } from '../launch/index.js'
import type { MonitorClient, MonitorMessage } from '../launch/monitor.js'
import { closeDescriptor, memfd } from '../native/index.js'
import { type RuntimeSpec, signalName } from '../oci/index.js'
import { ioError, newId, type Store } from '../store/index.js'
import { announce } from './disk/journal.js'
import { type ContainerRecord, requireRecord } from './disk/record.js'
import { currentState } from './disk/state.js'
import { feed, pipeWriter, pour, TerminalWriter } from './job/input.js'
import { JobHandle } from './job/job.js'
import { closeAll, defaultTerminal, nullDescriptor, openPipes, runtimeSpec, type Subject } from './launch.js'
import { notRunning } from './lifecycle/end.js'
import { endedMeanwhile, hasEnded, hold, isGone, linkTo, refusal } from './lifecycle/link.js'
import { readSubject } from './lifecycle/start.js'
import { type NormalisedExec, parseExecOptions } from './options.js'
import { toExecProcess } from './spec/index.js'
import type { ExecOptions } from './types.js'

/** What an exec needs of the container: the same for as long as its monitor lives. */
interface Base {
  subject: Subject
  runtime: RuntimeSpec
}
const bases = new WeakMap<MonitorClient, Base>()

/** Never throws: what is wrong rejects the job. */
export function execJob(store: Store, id: string, command: string[], options?: ExecOptions): JobHandle<string | Buffer> {
  let parsed: NormalisedExec
  try {
    parsed = parseExecOptions(command, options)
  } catch (error) {
    const job = new JobHandle<string | Buffer>({ command: [], encoding: 'utf8', maxBuffer: 0, check: false })
    job.failed(error)
    return job
  }
  const job = new JobHandle<string | Buffer>(parsed)
  if (parsed.signal?.aborted) job.abort()
  else {
    try {
      start(store, id, job, parsed)
    } catch (error) {
      job.failed(ioError('Cannot start the command', error, { id }))
    }
  }
  return job
}

function start(store: Store, id: string, job: JobHandle<string | Buffer>, parsed: NormalisedExec): void {
  const record = requireRecord(store, id)
  const client = runningLink(store, record)
  const { subject, runtime } = baseOf(store, record, client)
  // The user may have been added to the container's files since it started.
  const layers = [`${store.containerDirectory(id)}/upper`, ...subject.rootfs.layers]
  const user = resolveUser(parsed.user === undefined ? subject.rootfs : { layers }, parsed.user ?? subject.config.user, parsed.user === undefined ? subject.spec.groupAdd : undefined)
  const process = toExecProcess({ process: runtime.process!, spec: subject.spec }, parsed, user)
  const program = compileExec(runtime, process, { id, terminalSize: defaultTerminal })
  const streams = openStreams(parsed)
  const held = streams ? [...streams.theirs] : []
  try {
    held.unshift(memfd('gantry-exec', program.bytes))
  } catch (error) {
    if (streams) closeAll([...streams.theirs, streams.stdin, ...[streams.stdout, streams.stderr].filter((end) => end !== 'none')])
    throw error
  }
  // Ours, which the monitor reads when this process is gone.
  const ends = parsed.lifetime === 'detached' && streams ? [streams.stdout, streams.stderr].filter((end) => end !== 'none') : []
  const exec = new Running(store, record, client, job, parsed)
  job.attach(id, exec, streams ? { stdout: streams.stdout, stderr: streams.stderr, stdin: streams.stdin >= 0 && parsed.input === undefined ? pipeWriter(streams.stdin) : null } : { stdout: 'later', stderr: 'later', stdin: null })
  if (streams && streams.stdin >= 0 && parsed.input !== undefined) feed(streams.stdin, parsed.input)
  const asked = client.request('execute', { terminal: parsed.tty ? 1 : 0, lifetime: parsed.lifetime === 'detached' ? 0 : 1 }, { descriptors: [...held, ...ends], later: (message) => exec.later(message), sent: (id) => exec.asked(id) })
  closeAll(held)
  asked.then(
    (reply) => {
      if (reply.name === 'executed') exec.executed(reply)
      else if (reply.name === 'failed' && isGone(reply.fields.errno)) exec.failed(notRunning(record, 'execute a command in'))
      else if (reply.name === 'failed') {
        // In a container whose first process has just ended the kernel says things like ENOMEM.
        const runs = currentState(store, id).status === 'running'
        exec.failed(runs ? explainFailure(program, reply.fields, id) : notRunning(record, 'execute a command in'))
      }
      else exec.failed(refusal(id, 'execute a command in', reply.name === 'refused' ? reply.fields.errno : 0))
    },
    (error: unknown) => exec.failed(hasEnded(error) ? endedMeanwhile(id, 'execute a command in', error) : error),
  )
}

function runningLink(store: Store, record: ContainerRecord): MonitorClient {
  const { status } = currentState(store, record.id)
  const name = record.name || record.id.slice(0, 12)
  if (status === 'paused') throw new GantryError('ERR_CONTAINER_STATE', `Cannot execute a command in container ${name}: it is paused`, { id: record.id, hint: 'unpause() it first' })
  if (status === 'restarting') throw new GantryError('ERR_CONTAINER_STATE', `Cannot execute a command in container ${name}: it is restarting`, { id: record.id, hint: 'wait until it runs' })
  const link = status === 'running' ? linkTo(store, record.id) : undefined
  if (!link) throw notRunning(record, 'execute a command in')
  return link
}

function baseOf(store: Store, record: ContainerRecord, client: MonitorClient): Base {
  let base = bases.get(client)
  if (!base) {
    const subject = readSubject(store, record)
    bases.set(client, (base = { subject, runtime: runtimeSpec(store, subject) }))
  }
  return base
}

interface Ends {
  theirs: readonly [number, number, number]
  stdin: number
  stdout: number | 'none'
  stderr: number | 'none'
}

/** undefined with a terminal, which comes from the monitor. A detached command has nobody to talk to. */
function openStreams({ tty, detach, input, stdinOpen }: NormalisedExec): Ends | undefined {
  const nothing = nullDescriptor()
  if (detach) return { theirs: [nothing, nothing, nothing], stdin: -1, stdout: 'none', stderr: 'none' }
  if (tty) return undefined
  const [out, errors, into] = openPipes(input !== undefined || stdinOpen ? 3 : 2)
  const [theirInput, stdin] = into ?? [nothing, -1]
  const [stdout, theirOutput] = out!
  const [stderr, theirErrors] = errors!
  return { theirs: [theirInput, theirOutput, theirErrors], stdin, stdout, stderr }
}

/** The life of one exec, between the monitor and the job. */
class Running {
  readonly #execId = newId()
  readonly #release: () => void
  readonly #stopClosed: () => void
  #request = 0
  #pid = 0
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #timedOut = false
  #doomed = false

  constructor(
    private readonly store: Store,
    private readonly record: ContainerRecord,
    private readonly client: MonitorClient,
    private readonly job: JobHandle<string | Buffer>,
    private readonly options: NormalisedExec,
  ) {
    this.#release = options.detach ? () => {} : hold(client)
    this.#stopClosed = client.onClosed(() => this.failed(new GantryError('ERR_MONITOR', `The container ended, and how the command ended is not known: ${options.command.join(' ')}`, { id: record.id })))
    this.#announce('exec_create')
  }

  /** The time runs from here: a container that keeps its processors busy can delay the start of a command in it as long as it likes. */
  asked(request: number): void {
    this.#request = request
    if (this.options.timeout === undefined) return
    this.#timer = setTimeout(() => {
      this.#timedOut = true
      this.destroy()
    }, this.options.timeout)
  }

  executed(reply: MonitorMessage & { name: 'executed' }): void {
    this.#pid = reply.fields.pid
    this.#startedAt = performance.now()
    this.#announce('exec_start')
    if (this.options.tty && !this.options.detach) this.#openTerminal(reply.descriptors)
    else reply.descriptors.forEach(closeDescriptor)
    this.job.begun(this.#pid)
    if (this.#doomed) this.destroy()
  }

  later(message: MonitorMessage): void {
    if (message.name !== 'executeExited') return message.descriptors.forEach(closeDescriptor)
    const { exitCode, signal, cpuUserUs, cpuSystemUs, maxRssBytes } = message.fields
    this.#over()
    announce(this.store, this.record, 'exec_die', { execID: this.#execId, exitCode: String(exitCode) })
    this.job.exited({
      exitCode,
      signal: signal > 0 ? signalName(signal) : null,
      timedOut: this.#timedOut,
      oomKilled: false,
      durationMs: performance.now() - this.#startedAt,
      cpu: { userMs: cpuUserUs / 1000, systemMs: cpuSystemUs / 1000 },
      maxRssBytes,
    })
  }

  failed(error: unknown): void {
    this.#over()
    this.job.failed(error)
  }

  // What the job asks for.

  async kill(signal: number): Promise<void> {
    await this.client.request('executeSignal', { execute: this.#request, pid: this.#pid, signal })
  }

  async resize(rows: number, columns: number): Promise<void> {
    await this.client.request('resize', { execute: this.#request, rows, columns })
  }

  destroy(): void {
    this.#doomed = true
    if (this.#request > 0 && !this.client.isClosed) this.client.post('executeSignal', { execute: this.#request, pid: this.#pid, signal: 9 })
  }

  #openTerminal([master, ...more]: number[]): void {
    more.forEach(closeDescriptor)
    if (master === undefined) return this.job.endStreams()
    const { input, stdinOpen } = this.options
    const writer = new TerminalWriter(master)
    this.job.openTerminal(master, stdinOpen && input === undefined ? writer : null, () => writer.shut())
    if (typeof input === 'string' || input instanceof Uint8Array) writer.end(input)
    else if (input !== undefined) pour(input, writer)
  }

  /** Docker's: the command is a part of the event's name. */
  #announce(action: 'exec_create' | 'exec_start'): void {
    announce(this.store, this.record, action, { execID: this.#execId, command: this.options.command.join(' ') })
  }

  #over(): void {
    clearTimeout(this.#timer)
    this.#stopClosed()
    this.#release()
  }
}
