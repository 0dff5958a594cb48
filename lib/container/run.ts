/** run(): a job in a container of its own. */
import { GantryError } from '../errors/index.js'
import { explainFailure } from '../launch/index.js'
import type { MonitorMessage, MonitorMessageOf } from '../launch/monitor.js'
import { closeDescriptor } from '../native/index.js'
import { signalName } from '../oci/index.js'
import { ioError, type Store } from '../store/index.js'
import { announce } from './disk/journal.js'
import { feed, pipeWriter, TerminalWriter, pour } from './job/input.js'
import { type Ending, JobHandle } from './job/job.js'
import { closeAll, launch, type Launched, nullDescriptor, openPipes } from './launch.js'
import { type Made, makeContainer } from './make.js'
import { Plan, planKey, Plans } from './job/plan.js'
import { keepJob, type RunningJob } from './job/running.js'
import { type NormalisedSpec, parseRunOptions } from './options.js'
import { recovered, recoverContainer } from './recover.js'
import type { ContainerSpec, RunOptions } from './types.js'

type NormalisedRun = ReturnType<typeof parseRunOptions>

/** What run() takes in one object. */
export type RunSpec = RunOptions & Pick<ContainerSpec, 'image' | 'command'>

/** Never throws: what is wrong with the options rejects the job. */
export function runJob(store: () => Store, image: string | RunSpec, command?: string[], options?: RunOptions): JobHandle<string | Buffer> {
  let parsed: NormalisedRun
  let plan: Plan<NormalisedRun> | undefined
  try {
    ;({ parsed, plan } = typeof image === 'object' && image !== null ? parseSpec(image) : planned(image, command, options))
  } catch (error) {
    return failedJob(command ?? [], error)
  }
  const job = new JobHandle<string | Buffer>({ command: parsed.spec.command ?? [parsed.spec.image], encoding: parsed.encoding, maxBuffer: parsed.maxBuffer, check: parsed.check, signal: parsed.signal })
  if (parsed.signal?.aborted) {
    job.abort()
    return job
  }
  try {
    start(store(), job, parsed, plan)
  } catch (error) {
    job.failed(ioError('Cannot start the job', error))
  }
  return job
}

interface Planned {
  parsed: NormalisedRun
  plan?: Plan<NormalisedRun>
}

function parseSpec(spec: RunSpec): Planned {
  const { image, command, ...options } = spec
  return planned(image, command, options)
}

const plans = new Plans<NormalisedRun>()

/** Options that were seen before are not read again; what belongs to one call (command, input, signal) is. */
function planned(image: string, command: string[] | undefined, options: RunOptions | undefined): Planned {
  const key = isUsual(options?.input, options?.signal) ? planKey(image, options) : undefined
  const known = key === undefined ? undefined : plans.get(key)
  if (known && isCommand(command)) {
    const { parsed } = known
    const spec = command === undefined ? parsed.spec : Object.assign(Object.create(null) as NormalisedSpec, parsed.spec, { command: [...command] })
    return { parsed: { ...parsed, spec, input: options?.input, signal: options?.signal }, plan: known }
  }
  const parsed = parseRunOptions(image, command, options)
  if (parsed.spec.log.driver === 'file') {
    throw new GantryError('ERR_NOT_SUPPORTED', "run(): a job has no log, its output is in its result; option 'log' cannot be given", { hint: 'Container.run() writes a log' })
  }
  if (key === undefined) return { parsed }
  const { command: _, ...common } = parsed.spec
  const plan = new Plan<NormalisedRun>({ ...parsed, spec: Object.assign(Object.create(null) as NormalisedSpec, common), input: undefined, signal: undefined })
  plans.add(key, plan)
  return { parsed, plan }
}

function isUsual(input: unknown, signal: unknown): boolean {
  return (input === undefined || typeof input === 'string' || input instanceof Uint8Array) && (signal === undefined || signal instanceof AbortSignal)
}

/** A command that needs no second look; any other is for the parser to refuse. */
function isCommand(command: unknown): command is string[] | undefined {
  if (command === undefined) return true
  return Array.isArray(command) && command.length > 0 && command[0] !== '' && command.every((part) => typeof part === 'string' && !part.includes('\0'))
}

function failedJob(command: readonly string[], error: unknown): JobHandle<string | Buffer> {
  const job = new JobHandle<string | Buffer>({ command, encoding: 'utf8', maxBuffer: 0, check: false })
  job.failed(error)
  return job
}

function start(store: Store, job: JobHandle<string | Buffer>, parsed: NormalisedRun, plan: Plan<NormalisedRun> | undefined): void {
  const made = makeContainer(store, parsed.spec, 'direct')
  let ends: Ends | undefined
  let launched: Launched
  try {
    ends = openStreams(parsed)
    launched = launch(store, made, made.run, { streams: ends?.theirs, timeoutMs: parsed.timeout, program: plan && ((compile) => plan.program(store, made, compile)) })
  } catch (error) {
    if (ends) closeAll([...ends.theirs, ends.stdout, ends.stderr, ends.stdin])
    made.undo()
    throw error
  }
  if (ends) closeAll(ends.theirs)
  // Before its start, which the monitor announces.
  announce(store, made.record, 'create')
  follow(store, job, made, launched, parsed, ends)
  // Others' accidents, while the kernel is at work on this one.
  recovered(store).catch(() => {})
}

/** The three pipes; none with a terminal, which the monitor makes and hands over. */
interface Ends {
  theirs: readonly [number, number, number]
  /** -1: nothing is written there. */ stdin: number
  stdout: number
  stderr: number
}

function openStreams({ spec, input }: NormalisedRun): Ends | undefined {
  if (spec.tty) return undefined
  const [out, errors, into] = openPipes(input !== undefined || spec.stdinOpen ? 3 : 2)
  const [theirInput, stdin] = into ?? [nullDescriptor(), -1]
  const [stdout, theirOutput] = out!
  const [stderr, theirErrors] = errors!
  return { theirs: [theirInput, theirOutput, theirErrors], stdin, stdout, stderr }
}

function follow(store: Store, job: JobHandle<string | Buffer>, made: Made, { client, program }: Launched, parsed: NormalisedRun, ends: Ends | undefined): void {
  const { id } = made.record
  const destroy = () => {
    if (!client.isClosed) client.post('signal', { signal: 9, all: 1 })
  }
  const running: RunningJob = { id, ended: false, end: made.record.lifetime === 'process' ? destroy : undefined }
  const isDone = keepJob(store, running)
  let failure: unknown
  const request = (name: 'signal' | 'resize', fields: Record<string, number>) => client.request(name, fields as never).then(() => {})
  let stdin = null
  if (ends && ends.stdin >= 0) {
    if (parsed.input === undefined) stdin = pipeWriter(ends.stdin)
    else feed(ends.stdin, parsed.input)
  }
  client.onNews((message) => {
    if (message.name === 'exited') {
      running.ended = true
      // What is left to do is done without us.
      client.unref()
      job.exited(endingOf(message))
    } else if (message.name === 'gone') {
      client.close()
      over()
    }
  })
  client.onClosed(() => over())
  job.attach(
    id,
    {
      kill: (signal) => request('signal', { signal, all: 0 }),
      resize: (rows, columns) => request('resize', { execute: 0, rows, columns }),
      destroy,
    },
    ends ? { stdout: ends.stdout, stderr: ends.stderr, stdin } : { stdout: 'later', stderr: 'later', stdin: null },
  )
  client.request('start', {}).then(
    (reply) => {
      if (reply.name === 'started') {
        if (parsed.spec.tty) openTerminal(job, reply, parsed)
        job.begun(reply.fields.pid)
      } else if (reply.name === 'failed') failure = explainFailure(program, reply.fields, id)
    },
    () => over(),
  )
  let isOver = false
  function over(): void {
    if (isOver) return
    isOver = true
    isDone()
    made.forget?.()
    if (running.ended) return
    if (failure !== undefined) return job.failed(failure)
    void recoverContainer(store, id)
      .catch(() => {})
      .then(() => job.failed(new GantryError('ERR_MONITOR', `The monitor of job ${id.slice(0, 12)} died, so how it ended is not known`, { id })))
  }
}

function openTerminal(job: JobHandle<string | Buffer>, reply: MonitorMessage, { input, spec }: NormalisedRun): void {
  const [master, ...more] = reply.descriptors
  more.forEach(closeDescriptor)
  if (master === undefined) return job.endStreams()
  const writer = new TerminalWriter(master)
  job.openTerminal(master, spec.stdinOpen && input === undefined ? writer : null, () => writer.shut())
  if (typeof input === 'string' || input instanceof Uint8Array) writer.end(input)
  else if (input !== undefined) pour(input, writer)
}

export function endingOf({ fields }: MonitorMessageOf<'exited'>): Ending {
  return {
    exitCode: fields.exitCode,
    signal: fields.signal > 0 ? signalName(fields.signal) : null,
    timedOut: fields.timedOut !== 0,
    oomKilled: fields.oomKilled !== 0,
    durationMs: Number(fields.durationNs) / 1e6,
    cpu: { userMs: fields.cpuUserUs / 1000, systemMs: fields.cpuSystemUs / 1000 },
    maxRssBytes: fields.maxRssBytes,
  }
}
