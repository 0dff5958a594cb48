import { createInterface } from 'node:readline/promises'
import type { Streams } from './parse/command.js'

/** Asks for a yes on the terminal; without one, nobody can say it. */
export async function confirm({ stdin, stdout }: Streams, warning: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, terminal: false })
  stdout.write(`${warning}\nAre you sure you want to continue? [y/N] `)
  try {
    for await (const line of lines) return line.trim().toLowerCase() === 'y'
    stdout.write('\n')
    return false
  } finally {
    lines.close()
  }
}
