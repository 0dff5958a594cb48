import type { Observed, Strategy } from './strategy.js'

/** A line of the log that contains a text or matches an expression, once or several times. */
export class LogStrategy implements Strategy {
  readonly #pattern: RegExp | string
  readonly #times: number

  constructor(pattern: RegExp | string, times = 1) {
    this.#pattern = pattern
    this.#times = times
  }

  get description(): string {
    const pattern = typeof this.#pattern === 'string' ? JSON.stringify(this.#pattern) : String(this.#pattern)
    return `the log to show ${pattern}${this.#times > 1 ? ` ${this.#times} times` : ''}`
  }

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    // Only what this run prints: a container that is started again has old lines.
    const { startedAt } = await container.inspect()
    let left = this.#times
    for await (const { text } of container.logs({ follow: true, since: startedAt ?? undefined, signal })) {
      if (this.#fits(text) && --left <= 0) return
    }
    signal.throwIfAborted()
    // The log has ended with the container; the caller says how.
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  }

  #fits(line: string): boolean {
    if (typeof this.#pattern === 'string') return line.includes(this.#pattern)
    this.#pattern.lastIndex = 0
    return this.#pattern.test(line)
  }
}
