import { get } from 'node:http'
import { poll } from './poll.js'
import type { Observed, Strategy } from './strategy.js'

/** A path that answers with a status: the one that is named, or any from 200 to 399. */
export class HttpStrategy implements Strategy {
  readonly #path: string
  readonly #port: number
  readonly #status: number | undefined

  constructor(path: string, port: number, status?: number) {
    this.#path = path
    this.#port = port
    this.#status = status
  }

  get description(): string {
    return `http://localhost:${this.#port}${this.#path} to answer${this.#status === undefined ? '' : ` with ${this.#status}`}`
  }

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    await poll(async () => {
      const status = await ask(container.port(this.#port), this.#path)
      return this.#status === undefined ? status >= 200 && status < 400 : status === this.#status
    }, signal)
  }
}

/** 0: no answer. */
function ask(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ host: 'localhost', port, path, timeout: 5000, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    request.once('error', () => resolve(0))
    request.once('timeout', () => request.destroy())
    request.once('close', () => resolve(0))
  })
}
