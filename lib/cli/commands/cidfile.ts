import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { CommandError } from '../parse/error.js'

/** Claims the file of --cidfile before the container exists, so that two runs never share one; it goes away again if no id is written. */
export function writeCidfile(path: string | undefined): { write(id: string): void; close(): void } {
  if (path === undefined) return { write() {}, close() {} }
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx', 0o644)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CommandError(`container ID file found, make sure the other container isn't running or delete ${path}`, 125)
    }
    throw new CommandError(`failed to create the container ID file: ${(error as Error).message}`, 125)
  }
  let written = false
  return {
    write(id) {
      writeSync(descriptor, id)
      written = true
    },
    close() {
      closeSync(descriptor)
      if (!written) rmSync(path, { force: true })
    },
  }
}
