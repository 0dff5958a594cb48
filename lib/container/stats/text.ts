import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A kernel file as text; '' when it or its directory is absent, which is how a container that has just ended looks. */
export function readText(directory: string | undefined, name: string): string {
  if (directory === undefined) return ''
  try {
    return readFileSync(join(directory, name), 'latin1')
  } catch {
    return ''
  }
}

/** A file that is one number; undefined when it is absent or 'max'. */
export function readNumber(directory: string | undefined, name: string): number | undefined {
  const text = readText(directory, name).trim()
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** A file of `key value` lines. */
export function readTable(directory: string | undefined, name: string): Map<string, number> {
  const table = new Map<string, number>()
  for (const line of readText(directory, name).split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) table.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  return table
}
