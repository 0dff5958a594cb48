/** A monitor over a hand-written program: a process of the host in a pid namespace of its own. Everything it makes is gone after the test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach } from 'vitest'
import { MonitorClient, type MonitorMessage, type MonitorMessageOf } from '../../../lib/launch/monitor.js'
import { type Program, ProgramWriter } from '../../../lib/launch/program.js'
import type { OperationArguments, ReplyName } from '../../../lib/launch/tables.js'
import { sections, slots } from '../../../lib/launch/tables.js'
import { spawnMonitor } from '../../../lib/native/index.js'

export const CLONE_NEWPID = 0x20000000

export interface Options {
  argv?: string[]
  streams?: OperationArguments['monitorStreams']
  log?: { maxSize: number; maxFiles: number }
  /** Called with the bench's directory before the monitor starts; gives options that need it. */ prepare?: (
    directory: string,
  ) => Options | undefined
  lifetime?: OperationArguments['monitorLifetime']
  restart?: OperationArguments['monitorRestart']
  health?: Omit<OperationArguments['monitorHealth'], 'section'> & { argv: string[] }
  cgroups?: Partial<OperationArguments['monitorCgroups']>
  /** Clone flags; CLONE_NEWPID unless told otherwise. */ flags?: number
  terminal?: boolean
  init?: boolean
  barrier?: boolean
  socket?: boolean
  /** The descriptors of the slots. */ descriptors?: number[]
  /** More to do in the parent before the clone, and in the child before its program. */
  setup?: (writer: ProgramWriter) => void
  child?: (writer: ProgramWriter) => void
  cgroupSlot?: number
  /** Teardown deletes the state directory. */ stateGoes?: boolean
}

export const shell = (script: string): string[] => ['/bin/busybox', 'sh', '-c', script]

const root = 9

/** Section pairs of a process: setup and child, probe and probeChild; an exec program uses the first. */
function emitProcess(
  writer: ProgramWriter,
  parent: 'setup' | 'probe',
  child: 'child' | 'probeChild',
  argv: string[],
  options: Options,
): void {
  const flags = options.flags ?? CLONE_NEWPID
  if (options.terminal)
    writer.emit(parent, 'open', { slot: root, at: -1, path: '/', flags: 0o10000000 | 0o2000000, resolve: 0, mode: 0 })
  writer.emit(parent, 'clone', {
    section: sections.indexOf(child),
    flags,
    cgroup: options.cgroupSlot ?? -1,
    pidfd: slots.init,
    pidNamespace: -1,
    withInit: options.init ? 1 : 0,
  })
  if (options.barrier) writer.emit(parent, 'barrier', {})
  if (options.barrier) writer.emit(parent, 'signalPeer', { stage: 7 })
  if (options.barrier) writer.emit(child, 'awaitPeer', { stage: 7 })
  writer.emit(child, 'parentDeathSignal', { signal: 9 })
  writer.emit(child, 'newSession', {})
  if (options.terminal)
    writer.emit(child, 'openTerminal', { root, rows: 24, columns: 80, uid: -1, gid: -1, bindConsole: 0 })
  writer.emit(child, 'standardStreams', {})
  if (options.init) writer.emit(child, 'init', {})
  writer.emit(child, 'closeRange', {})
  options.child?.(writer)
  writer.emit(child, 'execute', { candidates: [argv[0]!], argv, env: ['PATH=/bin:/usr/bin'] })
}

export function execProgram(argv: string[], options: Pick<Options, 'terminal'> = {}): Uint8Array {
  const writer = new ProgramWriter()
  emitProcess(writer, 'setup', 'child', argv, { ...options, flags: 0 })
  return writer.finish().bytes
}

export interface State {
  status: string
  pid: number
  startedAtNs: string
  finishedAtNs: string
  exitCode: number
  signal: number
  oomKilled: boolean
  timedOut: boolean
  restartCount: number
  stoppedByUser: boolean
  logLostBytes?: number
  health?: {
    status: string
    failingStreak: number
    log: { startNs: string; endNs: string; exitCode: number; output: string }[]
  }
  failure?: { section: number; index: number; operation: number; errno: number }
}

export interface Record {
  stream: string
  timeNs: bigint
  data: Buffer
}

export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'gantry-monitor-'))
  readonly run = join(this.directory, 'run')
  readonly state = join(this.directory, 'state')
  readonly log = join(this.directory, 'log')
  readonly journal = join(this.directory, 'journal')
  readonly pid: number
  readonly owner: MonitorClient
  readonly program: Program
  readonly news: MonitorMessage[] = []
  readonly clients: MonitorClient[] = []
  closed = false

  constructor(options: Options = {}) {
    for (const path of [this.run, this.state, this.log]) mkdirSync(path)
    this.program = this.#compile({ ...options, ...options.prepare?.(this.directory) })
    const { pid, channel } = spawnMonitor(this.program.bytes, options.descriptors ?? [])
    this.pid = pid
    this.owner = new MonitorClient(channel)
    this.owner.onNews((message) => this.news.push(message))
    this.owner.onClosed(() => (this.closed = true))
  }

  #compile(options: Options): Program {
    const writer = new ProgramWriter()
    writer.emit('settings', 'monitorState', { directory: this.state, id: 'c0ffee', bootId: 'boot' })
    if (options.socket !== false) writer.emit('settings', 'monitorSocket', { directory: this.run })
    writer.emit('settings', 'monitorJournal', { path: this.journal, attributes: '"image":"host","name":"test"' })
    writer.emit('settings', 'monitorStreams', options.streams ?? {})
    if (options.log) writer.emit('settings', 'monitorLog', { directory: this.log, ...options.log })
    writer.emit('settings', 'monitorLifetime', { stopSignal: 15, stopTimeoutMs: 10_000, ...options.lifetime })
    if (options.restart) writer.emit('settings', 'monitorRestart', options.restart)
    if (options.health) {
      const { argv, ...timing } = options.health
      writer.emit('settings', 'monitorHealth', { section: sections.indexOf('probe'), ...timing })
      emitProcess(writer, 'probe', 'probeChild', argv, { flags: 0 })
    }
    if (options.cgroups)
      writer.emit('settings', 'monitorCgroups', {
        kill: '',
        freeze: '',
        events: '',
        oomCounter: '',
        oomEvents: '',
        ...options.cgroups,
      })
    options.setup?.(writer)
    emitProcess(writer, 'setup', 'child', options.argv ?? ['/bin/busybox', 'true'], options)
    if (options.stateGoes) writer.emit('teardown', 'removeTree', { path: this.state })
    return writer.finish()
  }

  /** Another client, by the control socket. */
  async connect(): Promise<MonitorClient> {
    await until(() => existsSync(join(this.run, 'monitor.sock')))
    const client = MonitorClient.connect(this.run)
    this.clients.push(client)
    return client
  }

  async start(): Promise<MonitorMessageOf<'started'>> {
    return expectReply(await this.owner.request('start', {}), 'started')
  }

  /** The next news of this name at the owner, also when it has come already. Each is given once. */
  async next<Name extends ReplyName>(name: Name): Promise<MonitorMessageOf<Name>> {
    for (;;) {
      const at = this.news.findIndex((message) => message.name === name)
      if (at >= 0) return this.news.splice(at, 1)[0] as MonitorMessageOf<Name>
      if (this.closed)
        throw new Error(
          `the monitor ended without '${name}'; there was ${this.news.map((message) => message.name).join(', ')}`,
        )
      await sleep(1)
    }
  }

  /** Until the monitor's process is no more. */
  async end(): Promise<void> {
    await until(() => !isRunning(this.pid))
  }

  readState(): State {
    return JSON.parse(readFileSync(join(this.state, 'state.json'), 'utf8')) as State
  }

  events(): { action: string; attributes: Attributes }[] {
    if (!existsSync(this.journal)) return []
    return readFileSync(this.journal, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; attributes: Attributes })
  }

  records(name = 'current'): Record[] {
    return parseLog(readFileSync(join(this.log, name)))
  }

  /** What was written so far; its last record may still be under way. */
  text(): string {
    return Buffer.concat(
      parseLog(readFileSync(join(this.log, 'current')), true).map((record) => record.data),
    ).toString()
  }

  async dispose(): Promise<void> {
    for (const client of this.clients) client.close()
    if (isRunning(this.pid)) {
      // Its child dies with it or is killed by its state's pid.
      try {
        await this.owner.request('stop', { signal: 9, graceMs: 0, restart: 0 })
      } catch {}
      await Promise.race([this.end(), sleep(5000)])
      if (isRunning(this.pid)) process.kill(this.pid, 'SIGKILL')
    }
    this.owner.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

type Attributes = { [name: string]: string }

/** Benches of a test file, disposed of after each test. */
export function useBench(): (options?: Options) => Bench {
  const benches: Bench[] = []
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.dispose()
  })
  return (options) => {
    const bench = new Bench(options)
    benches.push(bench)
    return bench
  }
}

/** Checks every header; throws on a torn record, unless it is the last one and that is allowed. */
export function parseLog(bytes: Buffer, growing = false): Record[] {
  const records: Record[] = []
  for (let at = 0; at < bytes.length; ) {
    if (
      growing &&
      (at + 32 > bytes.length || at + 32 + Number(bytes.toString('latin1', at + 23, at + 31)) > bytes.length)
    )
      break
    const header = bytes.toString('latin1', at, at + 32)
    const match = /^([OETet]|o) (\d{10})\.(\d{9}) (\d{8})\n$/.exec(header)
    if (!match) throw new Error(`no header at ${at}: ${JSON.stringify(header)}`)
    const size = Number(match[4])
    if (at + 32 + size > bytes.length) throw new Error(`a torn record at ${at}`)
    records.push({
      stream: match[1]!,
      timeNs: BigInt(match[2]! + match[3]!),
      data: bytes.subarray(at + 32, at + 32 + size),
    })
    at += 32 + size
  }
  return records
}

export function expectReply<Name extends ReplyName>(message: MonitorMessage, name: Name): MonitorMessageOf<Name> {
  if (message.name !== name)
    throw new Error(
      `expected '${name}', got '${message.name}' ${JSON.stringify(message.fields, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`,
    )
  return message as MonitorMessageOf<Name>
}

export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until a number is above zero and has not changed for a while. */
export async function untilStill(measure: () => number): Promise<void> {
  for (let last = -1, now = measure(); now !== last || now === 0; now = measure()) {
    last = now
    await sleep(300)
  }
}

/** Waits for something to become true; the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(2)
}
