/** Compiles a made container and starts its monitor, which then waits to be told to start. */
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { GantryError } from '../errors/index.js'
import { resolveUser, type Rootfs } from '../image/index.js'
import { compileContainer, type HealthProbe, type LaunchOptions, type OpenProgram, type Program } from '../launch/index.js'
import { MonitorClient } from '../launch/monitor.js'
import { pipe, spawnMonitor } from '../native/index.js'
import { type RuntimeProcess, type RuntimeSpec, signalNumber } from '../oci/index.js'
import { ioError, type Store, systemCode } from '../store/index.js'
import { eventAttributes } from './disk/journal.js'
import { readRecord, recordPath, type ContainerRecord } from './disk/record.js'
import type { RunDirectory } from './disk/run-directory.js'
import { currentState, isLive } from './disk/state.js'
import { containerFiles } from './host-files.js'
import type { NormalisedSpec } from './options.js'
import { prepareSharedDirectories } from './recover.js'
import { type ContainerResolver, type IdRange, type MergedConfig, mergeImageConfig, toProbeProcess, toRuntimeSpec } from './spec/index.js'

/** What is started. */
export interface Subject {
  record: ContainerRecord
  spec: NormalisedSpec
  rootfs: Rootfs
  config: MergedConfig
  idRange: IdRange | undefined
}

export interface LaunchChoices {
  /** The descriptors of slots 0 to 2; absent: none. They stay the caller's. */ streams?: readonly [number, number, number]
  timeoutMs?: number
  restartCount?: number
  terminalSize?: { rows: number; columns: number }
  /** Takes the program from somewhere else than the compiler. */
  program?: (compile: (subject: Subject) => { runtime: RuntimeSpec; program: OpenProgram }) => { runtime: RuntimeSpec; program: Program }
}

export interface Launched {
  client: MonitorClient
  program: Program
  runtime: RuntimeSpec
}

const lockSlot = 5
/** Until somebody says how large the window is. */
export const defaultTerminal = { rows: 24, columns: 80 }

/** Takes the run directory over when it succeeds. */
export function launch(store: Store, subject: Subject, run: RunDirectory, choices: LaunchChoices = {}): Launched {
  prepareSharedDirectories(store)
  const compile = (of: Subject) => {
    const runtime = runtimeSpec(store, of)
    return { runtime, program: compileContainer(runtime, launchOptions(store, of, runtime.process!, choices)) }
  }
  const { runtime, program } = choices.program?.(compile) ?? compile(subject)
  const [input, output, errors] = choices.streams ?? [-1, -1, -1]
  const descriptors = [input, output, errors, -1, -1, -1]
  descriptors[lockSlot] = run.descriptor
  const { channel } = spawn(program.bytes, descriptors)
  run.handOver()
  return { client: new MonitorClient(channel, subject.record.id), program, runtime }
}

function spawn(program: Uint8Array, descriptors: readonly number[]): ReturnType<typeof spawnMonitor> {
  try {
    return spawnMonitor(program, descriptors)
  } catch (error) {
    const code = systemCode(error)
    const hint =
      code === 'ENOENT' ? 'the native part is not built: npm run build:native' : code === 'EAGAIN' ? 'there are too many processes' : code === 'EMFILE' || code === 'ENFILE' ? 'too many files are open' : undefined
    throw ioError('Cannot start the monitor of a container', error, hint === undefined ? {} : { hint })
  }
}

/** The subject of a container that exists: everything is read again. */
export function subjectOf(store: Store, record: ContainerRecord, spec: NormalisedSpec, rootfs: Rootfs): Subject {
  const idRange = record.idSlot === undefined ? undefined : store.ids.at(record.idSlot)
  return { record, spec, rootfs, config: mergeImageConfig(spec, rootfs.config), idRange }
}

export function runtimeSpec(store: Store, { record, spec, rootfs, config, idRange }: Subject): RuntimeSpec {
  return toRuntimeSpec({
    spec,
    rootfs,
    config,
    user: resolveUser(rootfs, config.user, spec.groupAdd),
    id: record.id,
    files: containerFiles(store, record, spec),
    idRange,
    resolve: namespaceResolver(store),
  })
}

function launchOptions(store: Store, { record, spec, rootfs, config, idRange }: Subject, process: RuntimeProcess, choices: LaunchChoices): LaunchOptions {
  const { id } = record
  const directory = store.containerDirectory(id)
  const pumped = record.streams === 'pumped'
  const owner = idRange?.base ?? 0
  const writable =
    record.layer === 'memory'
      ? ({ kind: 'memory', sizeBytes: spec.diskSize, uid: owner, gid: owner } as const)
      : ({ kind: 'directory', upper: `${directory}/upper`, work: `${directory}/work` } as const)
  return {
    id,
    root: { kind: 'overlay', lowers: rootfs.layers, writable },
    directory,
    runDirectory: store.runDirectory(id),
    runRoot: store.runRoot,
    bootId: store.bootId,
    journal: { path: store.journal.path, attributes: eventAttributes(record) },
    streams: record.streams,
    stdin: pumped && spec.stdinOpen ? 'open' : 'none',
    log: pumped && spec.log.driver === 'file' ? { directory: `${directory}/log`, maxSize: spec.log.maxSize, maxFiles: spec.log.maxFiles } : undefined,
    lifetime: record.lifetime,
    timeoutMs: choices.timeoutMs,
    stopSignal: signalNumber(config.stopSignal),
    stopTimeoutMs: spec.stopTimeout,
    restart: { ...record.restart, count: choices.restartCount },
    health: config.healthcheck && probe(config.healthcheck, process),
    init: spec.init,
    hierarchies: pumped ? 'all' : 'needed',
    remove: record.autoRemove ? removals(store, record) : undefined,
    terminalSize: choices.terminalSize ?? defaultTerminal,
  }
}

function probe({ command, ...timings }: NonNullable<MergedConfig['healthcheck']>, process: RuntimeProcess): HealthProbe {
  return { ...timings, process: toProbeProcess(process, command) }
}

/** The record first: from then on the container does not exist, and whoever finds the rest knows that it is to be erased. */
function removals(store: Store, record: ContainerRecord): LaunchOptions['remove'] {
  const files = [recordPath(store, record.id)]
  const links: { directory: string; name: string; target: string }[] = []
  // It may be renamed while it runs, and its old name be another's by the end.
  if (record.name) links.push({ directory: dirname(store.names.path('containers', record.name)), name: record.name, target: record.id })
  if (record.idSlot !== undefined) files.push(store.ids.at(record.idSlot).path)
  const directory = store.containerDirectory(record.id)
  // The run directory goes in any case.
  return { files, links, trees: directory === store.runDirectory(record.id) ? [] : [directory] }
}

/** Finds the process of a container that shares its namespaces. */
function namespaceResolver(store: Store): ContainerResolver {
  return (reference, kind) => {
    const id = store.getContainer(reference)
    const record = readRecord(store, id)
    const state = currentState(store, id)
    if (!record || !isLive(state.status) || state.pid === 0) {
      throw new GantryError('ERR_CONTAINER_STATE', `Cannot share the ${kind} namespace of container ${reference}: it does not run`, { id, hint: 'start it first' })
    }
    if (kind === 'ipc' && record.spec.ipc !== 'shareable' && record.spec.ipc !== 'host') {
      throw new GantryError('ERR_CONTAINER_STATE', `Cannot share the ipc namespace of container ${reference}: it is private`, { id, hint: "make it with ipc: 'shareable'" })
    }
    return state.pid
  }
}

let nothing: number | undefined
/** /dev/null, open for this process's life. */
export function nullDescriptor(): number {
  nothing ??= openSync('/dev/null', 'r+')
  return nothing
}

/** That many pipes, or none and the error. */
export function openPipes(count: number): [number, number][] {
  const pipes: [number, number][] = []
  try {
    while (pipes.length < count) pipes.push(pipe())
    return pipes
  } catch (error) {
    closeAll(pipes.flat())
    throw error
  }
}

export function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) if (descriptor >= 0 && descriptor !== nothing) closeSync(descriptor)
}
