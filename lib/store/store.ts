import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { IdRanges, type IdRegion } from './id-ranges.js'
import { shortId } from './ids.js'
import { Journal } from './journal/journal.js'
import { findId, listIds } from './lookup.js'
import { type NameKind, Names } from './names.js'
import { chooseRoots, prepareRoot, type RootOptions } from './roots.js'

export interface StoreOptions extends RootOptions {
  /** Where ranges of user ids are taken from; see defaultRegions. */ idRegions?: readonly IdRegion[]
}

/** The two roots of an engine and what is kept there. All state is on the disk: any number of stores of any processes may share the roots. */
export class Store {
  /** Durable state. */ readonly root: string
  /** State that a reboot ends. */ readonly runRoot: string
  /** The kernel's boot id: state written under another one is of an earlier boot. */ readonly bootId: string
  readonly names: Names
  readonly ids: IdRanges
  readonly journal: Journal
  readonly #passing = new Set<string>()

  constructor(options: StoreOptions = {}) {
    const roots = chooseRoots(options)
    this.root = prepareRoot(roots.root)
    this.runRoot = prepareRoot(roots.runRoot)
    for (const path of ['containers', 'images', 'layers']) mkdirSync(`${this.root}/${path}`, { recursive: true, mode: 0o700 })
    for (const path of ['containers', 'shared', 'rootfs']) mkdirSync(`${this.runRoot}/${path}`, { recursive: true, mode: 0o700 })
    this.bootId = readBootId()
    this.names = new Names(`${this.root}/names`, (kind, id) => this.#hasObject(kind, id))
    this.ids = new IdRanges(`${this.root}/ids`, (id) => this.#hasObject('containers', id), options.idRegions)
    this.journal = new Journal(`${this.root}/events`)
  }

  /**
   * Where the state of a container is: below the durable root, or for a job that lives and dies with its process (nothing of it is durable)
   * in its run directory.
   */
  containerDirectory(id: string): string {
    const durable = `${this.root}/containers/${id}`
    if (this.#passing.has(id)) return this.runDirectory(id)
    if (exists(durable)) return durable
    return exists(`${this.runDirectory(id)}/config.json`) ? this.runDirectory(id) : durable
  }

  /** Says that a container of this process has its state in its run directory, until the returned function is called. */
  keepInRunDirectory(id: string): () => void {
    this.#passing.add(id)
    return () => this.#passing.delete(id)
  }

  /** Where the runtime state of a container is. */
  runDirectory(id: string): string {
    return `${this.runRoot}/containers/${id}`
  }

  /** The ids of all containers. */
  containerIds(): string[] {
    return [...new Set([...listIds(`${this.root}/containers`), ...listIds(`${this.runRoot}/containers`)])]
  }

  /** The container that a user means by an id, a name or the beginning of an id; undefined when there is none. */
  findContainer(reference: string): string | undefined {
    return findId([`${this.root}/containers`, `${this.runRoot}/containers`], this.names, 'containers', reference)
  }

  /** As findContainer, with ERR_CONTAINER_NOT_FOUND. */
  getContainer(reference: string): string {
    const id = typeof reference === 'string' ? this.findContainer(reference) : undefined
    if (id !== undefined) return id
    throw new GantryError('ERR_CONTAINER_NOT_FOUND', `There is no container ${shown(reference)}`, { hint: 'gantry ps --all lists the containers' })
  }

  #hasObject(kind: NameKind, id: string): boolean {
    // Volumes and networks have no directory of their id here: their names are given back by themselves only.
    if (kind !== 'containers') return true
    return exists(this.containerDirectory(id))
  }
}

/** Open the state below two roots, making them when they are missing. */
export function openStore(options: StoreOptions = {}): Store {
  return new Store(options)
}

let opened: { key: string; store: Store } | undefined

/** The store of the environment: GANTRY_ROOT and GANTRY_RUN_ROOT, else the customary directories. Opened once. */
export function defaultStore(): Store {
  const key = `${process.env.GANTRY_ROOT ?? ''}\0${process.env.GANTRY_RUN_ROOT ?? ''}`
  if (opened?.key !== key) opened = { key, store: openStore() }
  return opened.store
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

let bootId: string | undefined

function readBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  return bootId
}

function shown(reference: unknown): string {
  const text = typeof reference === 'string' ? reference : String(reference)
  return text.length > 64 ? `${shortId(text)}...` : text
}
