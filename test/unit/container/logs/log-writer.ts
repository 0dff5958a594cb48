import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatRecord } from '../../../../lib/container/logs/index.js'

/** Writes a log as the monitor does: records, lower case for a continued line, rotation between records. */
export class LogWriter {
  readonly directory = mkdtempSync(join(tmpdir(), 'gantry-logs-'))
  readonly #open: Record<string, boolean> = {}
  timeNs = 1_763_769_162_000_000_000n

  constructor(
    readonly maxSize = 0,
    readonly maxFiles = 3,
  ) {}

  write(letter: 'O' | 'E' | 'T', payload: string | Uint8Array): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    this.timeNs += 1_000_000n
    const record = formatRecord(this.#open[letter] ? letter.toLowerCase() : letter, this.timeNs, bytes)
    this.#open[letter] = bytes.at(-1) !== 0x0a
    this.append(record)
  }

  append(bytes: Uint8Array): void {
    const current = join(this.directory, 'current')
    if (this.maxSize > 0 && existsSync(current) && statSync(current).size + bytes.length > this.maxSize) this.rotate()
    appendFileSync(current, bytes)
  }

  rotate(): void {
    for (let index = this.maxFiles - 1; index >= 1; index--) {
      const from = join(this.directory, index === 1 ? 'current' : String(index - 1))
      if (existsSync(from)) renameSync(from, join(this.directory, String(index)))
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
