import { type FSWatcher, watch } from 'node:fs'

/** Where the kernel gives no notice (no inotify watch is left), look this often, in milliseconds. */
const pollMs = 25

/** Wakes the reader of a directory when something in it changes. */
export class Changes {
  #watcher: FSWatcher | undefined
  #changed = false
  #wake: (() => void) | undefined

  /** `renamed` is called at once when a file appears or moves, also while nobody waits. */
  constructor(directory: string, renamed: () => void) {
    try {
      this.#watcher = watch(directory, (event) => {
        if (event === 'rename') renamed()
        this.#notice()
      })
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      this.#watcher = undefined
    }
  }

  /** Resolves when something has changed since the last call, after `maximumMs`, or when the signal fires. */
  async wait(maximumMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#changed && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          this.#wake = undefined
          resolve()
        }
        const timer = setTimeout(done, this.#watcher === undefined ? Math.min(pollMs, maximumMs) : maximumMs)
        signal?.addEventListener('abort', done, { once: true })
        this.#wake = done
      })
    }
    this.#changed = false
  }

  close(): void {
    this.#unwatch()
    this.#wake?.()
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #notice(): void {
    this.#changed = true
    this.#wake?.()
  }
}
