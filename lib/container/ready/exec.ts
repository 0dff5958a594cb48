import { GantryError } from '../../errors/index.js'
import { poll } from './poll.js'
import type { Observed, Strategy } from './strategy.js'

/** A command in the container that ends with 0. */
export class ExecStrategy implements Strategy {
  readonly #command: string[]

  constructor(command: string[]) {
    this.#command = command
  }

  get description(): string {
    return `${this.#command.join(' ')} to succeed in it`
  }

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    await poll(async () => {
      try {
        return (await container.exec(this.#command, { signal })).exitCode === 0
      } catch (error) {
        // Between two runs of a container that restarts there is nothing to execute in.
        if (error instanceof GantryError && (error.code === 'ERR_CONTAINER_STATE' || error.code === 'ERR_MONITOR')) return false
        throw error
      }
    }, signal)
  }
}
