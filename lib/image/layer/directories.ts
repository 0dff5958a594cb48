import { chmodAt, closeDescriptor, mkdirAt, Open, openIn, tryStatAt } from '../../native/index.js'
import { systemCode } from '../../store/index.js'
import { invalidArchive } from '../tar/index.js'
import { joinPath } from './path.js'

const mostHeld = 64

/** A held directory of the tree, and the path by which it was asked for (bytes as latin1). */
export interface HeldDirectory { descriptor: number; path: string }

/** The directories of a tree that were used last, held open: members of an archive come directory by directory. */
export class Directories {
  readonly #root: HeldDirectory
  readonly #held = new Map<string, HeldDirectory>()

  constructor(root: number) {
    this.#root = { descriptor: root, path: '' }
  }

  /** Resolve a directory inside the root; the kernel keeps links and '..' from leading out. The descriptor is the caller's. */
  open(path: Buffer): number {
    return openIn(this.#root.descriptor, path, Open.READ | Open.DIRECTORY)
  }

  /** The directory of these components if it is there; held until `trim` or `forget`. */
  find(components: readonly Buffer[]): HeldDirectory | undefined {
    if (components.length === 0) return this.#root
    const path = joinPath(components)
    const key = path.toString('latin1')
    const held = this.#held.get(key)
    if (held) return held
    try {
      return this.#hold(key, this.open(path))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** The directory of these components, made where it is missing (0755, root's). */
  require(components: readonly Buffer[]): HeldDirectory {
    const found = this.find(components)
    if (found) return found
    const above = this.require(components.slice(0, -1))
    const name = components.at(-1)!
    const path = joinPath(components)
    if (tryStatAt(above.descriptor, name)) throw invalidArchive('its path leads through a symbolic link to nowhere', path)
    mkdirAt(above.descriptor, name, 0o755)
    chmodAt(above.descriptor, name, 0o755) // whatever the umask is
    return this.#hold(path.toString('latin1'), this.open(path))
  }

  /** Close some when there are many. Not while any is in use. */
  trim(): void {
    if (this.#held.size >= mostHeld) this.forget()
  }

  /** Close all but one: a path may lead elsewhere from now on. */
  forget(except?: HeldDirectory): void {
    for (const [path, held] of this.#held) {
      if (held === except) continue
      closeDescriptor(held.descriptor)
      this.#held.delete(path)
    }
  }

  #hold(path: string, descriptor: number): HeldDirectory {
    const held = { descriptor, path }
    this.#held.set(path, held)
    return held
  }
}
