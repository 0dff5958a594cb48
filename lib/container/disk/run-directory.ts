/**
 * The right to change what is settled about a container: its run directory, made and locked. It exists exactly while something is under
 * way (making it, running it, removing it), so whatever a crash left half done is found by listing the run directories.
 */
import { closeSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { ioError, type Lock, type Store, systemCode, tryLockDirectory } from '../../store/index.js'

export class RunDirectory {
  readonly path: string
  readonly #lock: Lock
  #held = true

  private constructor(path: string, lock: Lock) {
    this.path = path
    this.#lock = lock
  }

  /** undefined when somebody has it: a monitor, or a process that makes, starts or removes the container. */
  static claim(store: Store, id: string): RunDirectory | undefined {
    const path = store.runDirectory(id)
    for (;;) {
      try {
        mkdirSync(path, 0o700)
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw ioError(`Cannot create ${path}`, error, { path, id })
      }
      try {
        const lock = tryLockDirectory(path)
        return lock ? new RunDirectory(path, lock) : undefined
      } catch (error) {
        // Its last holder removed it after we saw it.
        if ((error as { errno?: number }).errno !== 2) throw error
      }
    }
  }

  /** What a monitor inherits: the lock lasts as long as anyone has this open. */
  get descriptor(): number {
    return this.#lock.descriptor
  }

  /** The monitor has it now. Only closed: unlocking would unlock the monitor's, which is the same. */
  handOver(): void {
    if (!this.#held) return
    this.#held = false
    closeSync(this.#lock.descriptor)
  }

  /** Everything is settled. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    try {
      rmdirSync(this.path)
    } catch (error) {
      if (systemCode(error) === 'ENOTEMPTY') rmSync(this.path, { recursive: true, force: true })
    }
    this.#lock.release()
  }
}
