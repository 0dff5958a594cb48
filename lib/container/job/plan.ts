/**
 * What is the same for every run() with the same options: the options as they were parsed, and the launch program. A service runs the same job with
 * other commands thousands of times; parsing and compiling anew were most of what a warm start cost in TypeScript.
 */
import { commandCandidates, type Marks, type OpenProgram, type Program, ProgramTemplate } from '../../launch/index.js'
import type { RuntimeSpec } from '../../oci/index.js'
import { newId, type Store } from '../../store/index.js'
import type { Subject } from '../launch.js'
import type { NormalisedSpec } from '../options.js'

/** Compiles a subject: runtime spec and program. */
export type Compile = (subject: Subject) => { runtime: RuntimeSpec; program: OpenProgram }

/** Options that say all that matters by themselves: nothing on the host, and no other container, is looked at for them. */
const plain = new Set<string>([
  'entrypoint', 'env', 'workdir', 'labels', 'tty', 'stdinOpen', 'readOnly', 'shmSize', 'capAdd', 'capDrop', 'memory', 'memorySwap', 'memoryReservation',
  'cpus', 'cpuShares', 'cpuPeriod', 'cpuQuota', 'cpusetCpus', 'pidsLimit', 'init', 'stopSignal', 'stopTimeout', 'isolation', 'limits', 'diskSize',
  'encoding', 'maxBuffer', 'check', 'timeout', 'user', 'ulimits',
])
const longestKey = 4096
const mostPlans = 64

/** The options as a text, when they can be compared by it; `input` and `signal` are not part of them. */
export function planKey(image: unknown, options: object | undefined): string | undefined {
  if (typeof image !== 'string') return undefined
  if (options === undefined) return image
  let isPlain = Object.getPrototypeOf(options) === Object.prototype
  const key = JSON.stringify(options, function (this: unknown, name: string, value: unknown) {
    if (name === '') return value
    if (this === options) {
      if (name === 'input' || name === 'signal' || value === undefined) return undefined
      if (!plain.has(name)) isPlain = false
    } else if (value === undefined) isPlain = false
    if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) isPlain = false
    if (typeof value === 'function' || typeof value === 'symbol') isPlain = false
    return value
  })
  return isPlain && key !== undefined && key.length <= longestKey ? `${image}\0${key}` : undefined
}

/** A program that was compiled once, with what stands in it for the parts that differ. */
interface Compiled {
  imageId: string
  /** The environment decides where a command is looked for. */ env: readonly string[]
  runtime: RuntimeSpec
  template: ProgramTemplate
}

export class Plan<Parsed extends { spec: NormalisedSpec }> {
  readonly parsed: Parsed
  #uses = 0
  readonly #compiled = new WeakMap<Store, Compiled>()

  constructor(parsed: Parsed) {
    this.parsed = parsed
  }

  /** The program for a subject of this plan. Compiled as a template at the second use: most options are used once. */
  program(store: Store, subject: Subject, compile: Compile): { runtime: RuntimeSpec; program: Program } {
    if (this.#uses++ === 0) return compile(subject)
    const { record, rootfs, config } = subject
    let known = this.#compiled.get(store)
    if (known?.imageId !== rootfs.imageId) this.#compiled.set(store, (known = compiled(store, subject, compile)))
    const { template, runtime, env } = known!
    const range = record.idSlot === undefined ? undefined : store.ids.at(record.idSlot)
    return { runtime, program: template.fill(marksOf(record.id, range), commandCandidates(config.args[0]!, env), config.args) }
  }
}

/** What differs: the id, in full and as the host name, and the range of user ids, as a path, as text in the id maps and as a number. */
function marksOf(id: string, range: { path: string; base: number } | undefined): Marks {
  return { texts: range ? [id, id.slice(0, 12), range.path, String(range.base)] : [id, id.slice(0, 12)], numbers: range ? [range.base] : [] }
}

/** Compiles for an id and a range that nobody has, and finds them again in the bytes. */
function compiled(store: Store, subject: Subject, compile: Compile): Compiled {
  const id = newId()
  const form = subject.idRange && store.ids.form()
  const forget = store.containerDirectory(subject.record.id) === store.runDirectory(subject.record.id) ? store.keepInRunDirectory(id) : undefined
  try {
    const { runtime, program } = compile({ ...subject, record: { ...subject.record, id, idSlot: form?.slot }, idRange: form })
    return { imageId: subject.rootfs.imageId, env: runtime.process?.env ?? [], runtime, template: new ProgramTemplate(program, marksOf(id, form)) }
  } finally {
    forget?.()
  }
}

/** The plans of one store, the least recently used one forgotten first. */
export class Plans<Parsed extends { spec: NormalisedSpec }> {
  readonly #plans = new Map<string, Plan<Parsed>>()

  get(key: string): Plan<Parsed> | undefined {
    const plan = this.#plans.get(key)
    if (plan && this.#plans.size > mostPlans / 2) {
      this.#plans.delete(key)
      this.#plans.set(key, plan)
    }
    return plan
  }

  add(key: string, plan: Plan<Parsed>): void {
    if (this.#plans.size >= mostPlans) this.#plans.delete(this.#plans.keys().next().value as string)
    this.#plans.set(key, plan)
  }
}
