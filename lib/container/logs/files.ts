import { closeSync, constants, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A reader that is so late loses the oldest files that it has not read: what is held open stays on the disk. */
const mostHeld = { files: 512, bytes: 1 << 30 }

export interface OpenLog {
  readonly descriptor: number
  readonly inode: bigint
  /** Bytes that were there when it was opened. */ readonly size: number
  /** When it was last written to, in milliseconds since the epoch. */ readonly modifiedMs: number
}

/**
 * The files of one log, oldest first, held open and known by their inodes, so that a rotation (which renames) neither
 * hides a file from a reader nor shows it twice.
 */
export class LogFiles {
  readonly #directory: string
  #queue: OpenLog[] = []

  constructor(directory: string) {
    this.#directory = directory
  }

  get all(): readonly OpenLog[] {
    return this.#queue
  }

  /** The oldest that is still to be read. */
  get first(): OpenLog | undefined {
    return this.#queue[0]
  }

  /** A newer file exists: nothing more will be written to the first. */
  get rotated(): boolean {
    return this.#queue.length > 1
  }

  /** Opens the files that have appeared since the last look. */
  refresh(): void {
    const last = this.#queue.at(-1)
    if (last !== undefined && this.#inodeOf('current') === last.inode) return
    const found: OpenLog[] = []
    // Newest to oldest, as a rotation moves them: a file that is renamed meanwhile is met twice, never missed.
    for (const name of ['current', ...this.#numbered()]) {
      const file = this.#open(name)
      if (file === undefined) continue
      if (file.inode === last?.inode) {
        closeSync(file.descriptor)
        break
      }
      if (found.some((other) => other.inode === file.inode)) closeSync(file.descriptor)
      else found.push(file)
    }
    this.#queue.push(...found.reverse())
    this.#bound()
  }

  /** Closes the oldest and goes on to the next. */
  advance(): void {
    const file = this.#queue.shift()
    if (file !== undefined) closeSync(file.descriptor)
  }

  close(): void {
    for (const file of this.#queue) closeSync(file.descriptor)
    this.#queue = []
  }

  /** Lets go of the oldest that only this reader keeps on the disk; never of the one that is being read. */
  #bound(): void {
    let files = 0
    let bytes = 0
    for (let index = this.#queue.length - 1; index > 0; index--) {
      const { descriptor } = this.#queue[index]!
      const { nlink, size } = fstatSync(descriptor)
      if (nlink > 0) continue
      files++
      bytes += size
      if (files <= mostHeld.files && bytes <= mostHeld.bytes) continue
      closeSync(descriptor)
      this.#queue.splice(index, 1)
    }
  }

  /** '1', '2', ... and one more, because a rotation may be moving the last at this moment. */
  #numbered(): string[] {
    let highest = 0
    try {
      for (const name of readdirSync(this.#directory))
        if (/^[1-9]\d{0,5}$/.test(name)) highest = Math.max(highest, Number(name))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    return Array.from({ length: highest + 1 }, (_, index) => String(index + 1))
  }

  #inodeOf(name: string): bigint | undefined {
    return statSync(join(this.#directory, name), { bigint: true, throwIfNoEntry: false })?.ino
  }

  #open(name: string): OpenLog | undefined {
    let descriptor: number
    try {
      descriptor = openSync(
        join(this.#directory, name),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      )
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    const stat = fstatSync(descriptor, { bigint: true })
    return { descriptor, inode: stat.ino, size: Number(stat.size), modifiedMs: Number(stat.mtimeMs) }
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
