import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import { GantryError } from '../errors/index.js'
import { ioError, systemCode } from './failure.js'
import { isId } from './ids.js'

/** How many ids a range has. */
export const rangeSize = 65536

export interface IdRange {
  slot: number
  /** The host's id of the container's user 0. */ base: number
  size: 65536
  /** The link that holds the claim; removing it gives the range back. */ path: string
}

export interface IdRegion { start: number; slots: number }

/**
 * Where ranges are taken from. 0x78000000 to 0x7ffdffff lies above what systemd-nspawn, SSSD and /etc/subuid use by default and below
 * systemd's foreign ids and the sign bit; the second region is for when that is full.
 */
export const defaultRegions: readonly IdRegion[] = [
  { start: 0x78000000, slots: 0x7fe },
  { start: 0x40000000, slots: 0x3800 },
]

/** The slot of IdRanges.form(), beyond all real ones; its base is as long in decimal as every other, and nobody can put it into a text on purpose. */
const formSlot = 99_999
const formBase = 0x7fe00000 + randomInt(1, rangeSize)

/** A claim whose container never came to be is given up after this time. */
const abandonedAfterMs = 60_000

/** Ranges of user ids of one store, claimed by symbolic links named by the slot whose target is the id (in base64url). */
export class IdRanges {
  readonly #directory: string
  readonly #exists: (id: string) => boolean
  readonly #regions: readonly IdRegion[]
  readonly #slots: number
  readonly #reserved: readonly [number, number][]
  #next: number

  constructor(directory: string, exists: (id: string) => boolean, regions: readonly IdRegion[] = defaultRegions, reserved = readReserved()) {
    this.#directory = directory
    this.#exists = exists
    this.#regions = checkRegions(regions)
    this.#slots = regions.reduce((sum, region) => sum + region.slots, 0)
    this.#reserved = reserved
    // Processes begin at different places, so that they seldom meet; a range that was just given back is not used again at once.
    this.#next = randomInt(regions[0]!.slots)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  }

  /** Take a range for an id. ERR_LIMIT when all are taken. */
  claim(id: string): IdRange {
    const range = this.#tryNext(id) ?? this.#search(id)
    if (range) return range
    this.sweep()
    const late = this.#search(id)
    if (late) return late
    throw new GantryError('ERR_LIMIT', `All ${this.#slots} ranges of user ids are taken`, {
      id,
      hint: "remove containers that are not needed, or choose isolation: 'compat', which needs no range of its own",
    })
  }

  /** Give back the range that an id holds in a slot. */
  release(range: Pick<IdRange, 'path'>, id: string): void {
    if (readHolder(range.path) !== id) return
    try {
      unlinkSync(range.path)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw ioError('Cannot give back a range of user ids', error)
    }
  }

  /** The range of a slot. */
  at(slot: number): IdRange {
    const base = slot === formSlot ? formBase : this.#base(slot)
    return { slot, base, size: rangeSize, path: `${this.#directory}/${String(slot).padStart(5, '0')}` }
  }

  /** Give back the ranges of containers that are gone. Returns how many. */
  sweep(): number {
    let freed = 0
    for (const slot of this.#taken()) {
      const { path } = this.at(slot)
      const id = readHolder(path)
      if (id === undefined || this.#exists(id)) continue
      const status = lstatSync(path, { throwIfNoEntry: false })
      if (!status || Date.now() - status.ctimeMs < abandonedAfterMs) continue
      this.release({ path }, id)
      freed++
    }
    return freed
  }

  /** A range that nobody has or will have: it stands for a real one where only the form matters. */
  form(): IdRange {
    return this.at(formSlot)
  }

  #tryNext(id: string): IdRange | undefined {
    const slot = this.#next
    this.#next = (slot + 1) % this.#regions[0]!.slots
    return this.#try(slot, id)
  }

  /** Look at all that are taken, then take the first free one after the hint. */
  #search(id: string): IdRange | undefined {
    const taken = this.#taken()
    for (let step = 0; step < this.#slots; step++) {
      const slot = (this.#next + step) % this.#slots
      const range = taken.has(slot) ? undefined : this.#try(slot, id)
      if (!range) continue
      this.#next = (slot + 1) % this.#slots
      return range
    }
    return undefined
  }

  #try(slot: number, id: string): IdRange | undefined {
    const range = this.at(slot)
    if (this.#reserved.some(([first, last]) => range.base <= last && first < range.base + rangeSize)) return undefined
    try {
      symlinkSync(linkText(id), range.path)
      return range
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return undefined
      throw ioError('Cannot claim a range of user ids', error, { id })
    }
  }

  #taken(): Set<number> {
    return new Set(readdirSync(this.#directory).map(Number).filter(Number.isInteger))
  }

  #base(slot: number): number {
    let rest = slot
    for (const region of this.#regions) {
      if (rest < region.slots) return region.start + rest * rangeSize
      rest -= region.slots
    }
    throw new GantryError('ERR_INVALID_OPTION', `There is no slot ${slot} of user ids`)
  }
}

/** The ranges that /etc/subuid and /etc/subgid give to users, as first and last id. */
export function readReserved(files: readonly string[] = ['/etc/subuid', '/etc/subgid']): [number, number][] {
  const reserved: [number, number][] = []
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, 'latin1')
    } catch {
      continue
    }
    for (const [, first, count] of text.matchAll(/^[^:#\n]*:(\d{1,10}):(\d{1,10})\s*$/gm)) {
      if (Number(count) > 0) reserved.push([Number(first), Number(first) + Number(count) - 1])
    }
  }
  return reserved
}

/**
 * An id as the text of a link: 43 characters instead of 64. Up to 59 fit into ext4's inode; a longer one needs a block of its own, which made
 * removing the link eight times as slow, at each end of a sandbox.
 */
function linkText(id: string): string {
  return isId(id) ? Buffer.from(id, 'hex').toString('base64url') : id
}

function readHolder(path: string): string | undefined {
  try {
    const text = readlinkSync(path)
    return text.length === 43 ? Buffer.from(text, 'base64url').toString('hex') : text
  } catch {
    return undefined
  }
}

function checkRegions(regions: readonly IdRegion[]): readonly IdRegion[] {
  for (const { start, slots } of regions) {
    const fits = Number.isInteger(start) && Number.isInteger(slots) && start >= rangeSize && slots > 0 && start + slots * rangeSize <= 0xffffffff
    if (!fits) throw new GantryError('ERR_INVALID_OPTION', `The user ids from ${start} with ${slots} ranges of ${rangeSize} cannot be had`)
  }
  if (regions.length === 0) throw new GantryError('ERR_INVALID_OPTION', 'At least one region of user ids is needed')
  return regions
}
