import { poll } from './poll.js'
import type { Observed, Strategy } from './strategy.js'

/** A function of the caller, asked until it returns (or resolves to) something true; what it throws ends the wait. */
export class PredicateStrategy implements Strategy {
  readonly #question: (container: unknown) => unknown

  constructor(question: (container: unknown) => unknown) {
    this.#question = question
  }

  get description(): string {
    return `${this.#question.name || 'the ready function'} to return true`
  }

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    await poll(async () => Boolean(await this.#question(container)), signal)
  }
}
