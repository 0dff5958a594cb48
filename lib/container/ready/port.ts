import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { poll } from './poll.js'
import type { Observed, Strategy } from './strategy.js'

const listening = '0A'

/** A port that the container listens on. In the host's network it must accept a connection; in another one its sockets are looked at from outside. */
export class PortStrategy implements Strategy {
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  get description(): string {
    return `port ${this.#port} to accept connections`
  }

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    await poll(async () => {
      const info = await container.inspect()
      if (info.spec.network === 'host') return accepts(container.port(this.#port))
      return info.pid > 0 && isListening(info.pid, this.#port)
    }, signal)
  }
}

/** Whether 127.0.0.1 or ::1 accepts a connection. */
export async function accepts(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) if (await connects(host, port)) return true
  return false
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** proc_net_tcp(5): the sockets of the network namespace of a process. */
export function isListening(pid: number, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const file of ['tcp', 'tcp6']) {
    let text: string
    try {
      text = readFileSync(`/proc/${pid}/net/${file}`, 'latin1')
    } catch {
      continue
    }
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/)
      if (state === listening && local?.endsWith(`:${wanted}`)) return true
    }
  }
  return false
}
