import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { ioError, systemCode } from './failure.js'
import { shortId } from './ids.js'
import { withDirectoryLockSync } from './locks.js'
import { adjectives, surnames } from './words.js'

export type NameKind = 'containers' | 'volumes' | 'networks'

const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/
const longest = 255

/** A name such as nimble_noether; `suffix` adds a digit, for when the plain ones are taken. */
export function randomName(suffix = false): string {
  const name = `${adjectives[randomInt(adjectives.length)]}_${surnames[randomInt(surnames.length)]}`
  return suffix ? `${name}${randomInt(10)}` : name
}

/** Check a name against Docker's grammar; one leading slash, as Docker prints it, is dropped. */
export function parseName(text: unknown): string {
  const name = typeof text === 'string' && text.startsWith('/') ? text.slice(1) : text
  if (typeof name === 'string' && name.length <= longest && grammar.test(name)) return name
  throw new GantryError('ERR_INVALID_OPTION', `${quote(text)} is not a name`, {
    hint: `a name has 2 to ${longest} characters: letters, digits, and after the first one also _ . -`,
  })
}

/** Names of one store: symbolic links whose target is the id, so that claiming one is atomic among all processes. */
export class Names {
  readonly #directory: string
  readonly #exists: (kind: NameKind, id: string) => boolean

  /** `exists` tells whether the object of an id is still there; a name whose object is gone may be taken over. */
  constructor(directory: string, exists: (kind: NameKind, id: string) => boolean) {
    this.#directory = directory
    this.#exists = exists
    for (const kind of ['containers', 'volumes', 'networks']) mkdirSync(`${directory}/${kind}`, { recursive: true, mode: 0o700 })
  }

  /** Take a name for an id. ERR_NAME_IN_USE when another object has it. */
  claim(kind: NameKind, name: string, id: string): void {
    const path = this.#path(kind, name)
    if (this.#link(path, id)) return
    const holder = this.#holder(path)
    if (holder === id) return
    if (holder !== undefined && this.#exists(kind, holder)) throw inUse(kind, name, holder)
    this.#takeOver(kind, name, path, id)
  }

  /** Take a random name for an id and return it. */
  claimRandom(kind: NameKind, id: string): string {
    for (let attempt = 0; attempt < 1000; attempt++) {
      const name = randomName(attempt > 2)
      if (this.#link(this.#path(kind, name), id)) return name
    }
    this.claim(kind, id.slice(0, 24), id)
    return id.slice(0, 24)
  }

  /** Give a name back, if this id still has it. */
  release(kind: NameKind, name: string, id: string): void {
    const path = this.#path(kind, name)
    if (this.#holder(path) !== id) return
    // Under the lock nobody takes the name over between the look and the removal.
    withDirectoryLockSync(`${this.#directory}/${kind}`, () => {
      if (this.#holder(path) === id) unlinkSync(path)
    })
  }

  /** The id that has a name. */
  lookup(kind: NameKind, name: string): string | undefined {
    const plain = name.startsWith('/') ? name.slice(1) : name
    if (plain.length > longest || !grammar.test(plain)) return undefined
    return this.#holder(`${this.#directory}/${kind}/${plain}`)
  }

  /** Exchange a name for another; the old one is kept when the new one is in use. */
  rename(kind: NameKind, from: string, to: string, id: string): void {
    this.claim(kind, to, id)
    if (parseName(from) !== parseName(to)) this.release(kind, from, id)
  }

  /** All names of a kind with their ids. */
  list(kind: NameKind): Map<string, string> {
    const names = new Map<string, string>()
    for (const name of readdirSync(`${this.#directory}/${kind}`)) {
      const id = this.#holder(`${this.#directory}/${kind}/${name}`)
      if (id !== undefined) names.set(name, id)
    }
    return names
  }

  /** The path of a name's link, for whoever removes it without this class (the monitor's teardown). */
  path(kind: NameKind, name: string): string {
    return this.#path(kind, name)
  }

  #path(kind: NameKind, name: string): string {
    return `${this.#directory}/${kind}/${parseName(name)}`
  }

  #link(path: string, id: string): boolean {
    try {
      symlinkSync(id, path)
      return true
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false
      throw ioError(`Cannot claim the name ${path.slice(path.lastIndexOf('/') + 1)}`, error)
    }
  }

  #holder(path: string): string | undefined {
    try {
      return readlinkSync(path)
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EINVAL') return undefined
      throw ioError(`Cannot read the name ${path}`, error)
    }
  }

  /** The object behind the name vanished without giving it back: decide again under the lock, then exchange the link. */
  #takeOver(kind: NameKind, name: string, path: string, id: string): void {
    withDirectoryLockSync(`${this.#directory}/${kind}`, () => {
      const holder = this.#holder(path)
      if (holder === id) return
      if (holder !== undefined && this.#exists(kind, holder)) throw inUse(kind, name, holder)
      if (holder !== undefined || existsSync(path)) unlinkSync(path)
      if (!this.#link(path, id)) throw inUse(kind, name, this.#holder(path) ?? 'another')
    })
  }
}

function inUse(kind: NameKind, name: string, holder: string): GantryError {
  const object = kind.slice(0, -1)
  return new GantryError('ERR_NAME_IN_USE', `The name ${name} is in use by ${object} ${shortId(holder)}`, {
    id: holder,
    hint: `remove or rename that ${object}, or choose another name`,
  })
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
