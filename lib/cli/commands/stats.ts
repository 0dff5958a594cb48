import { setTimeout as sleep } from 'node:timers/promises'
import { GantryError } from '../../errors/index.js'
import { listFormatHelp, listingLines } from '../format/index.js'
import { defineCommand, type Invocation } from '../parse/command.js'
import { type StatsFacts, statsListing, statsRow } from '../rows/stats.js'
import type { Container, Engine } from '../sdk.js'

/** Milliseconds between two drawings of the table, as in docker. */
const drawEvery = 500

export const command = defineCommand({
  usage: '[CONTAINER...]',
  least: 0,
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Show all containers (default shows just running)' },
    format: { kind: 'string', help: listFormatHelp },
    'no-stream': { kind: 'bool', help: 'Disable streaming stats and only pull the first result' },
    'no-trunc': { kind: 'bool', help: 'Do not truncate output' },
  },
  async run(invocation) {
    const { flags, args, stdout } = invocation
    const engine = await invocation.engine()
    const board = new Board(engine, args)
    const lines = () => listingLines(statsListing, board.facts().map((facts) => statsRow(facts, flags['no-trunc'])), { format: flags.format, terminal: stdout.isTTY === true })
    if (flags['no-stream']) {
      await board.once(flags.all)
      for (const line of lines()) invocation.print(line)
      return
    }
    for (;;) {
      await board.follow(flags.all)
      draw(invocation, lines())
      // Named containers: the end of the last one is ours; without names new ones may come.
      if (args.length > 0 && board.finished) return
      await sleep(drawEvery)
    }
  },
})

/** On a terminal the table is drawn over the last one, without a flicker: each line is cleared only behind its new text. */
function draw({ stdout }: Invocation, lines: readonly string[]): void {
  if (stdout.isTTY) stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`)
  else stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** The containers that are shown, and the newest numbers of each. */
class Board {
  readonly #rows = new Map<string, StatsFacts>()
  readonly #running = new Set<string>()

  constructor(readonly engine: Engine, readonly names: readonly string[]) {}

  facts(): StatsFacts[] {
    return [...this.#rows.values()]
  }

  get finished(): boolean {
    return this.#running.size === 0
  }

  /** One measurement of each. */
  async once(all: boolean): Promise<void> {
    await Promise.all(
      (await this.#chosen(all)).map(async ({ asked, container }) => {
        const row = this.#row(asked, container)
        row.stats = await measure(container)
      }),
    )
  }

  /** Takes up containers that have come; each is read by a loop of its own until it ends. */
  async follow(all: boolean): Promise<void> {
    for (const { asked, container } of await this.#chosen(all)) {
      const known = this.#rows.has(container.id)
      if (this.#running.has(container.id) || (known && this.names.length > 0)) continue
      const row = this.#row(asked, container)
      this.#running.add(container.id)
      void this.#read(container, row, all || this.names.length > 0)
    }
  }

  async #read(container: Container, row: StatsFacts, keep: boolean): Promise<void> {
    try {
      for await (const stats of container.stats()) row.stats = stats
    } catch (error) {
      if (!isEnd(error)) throw error
    } finally {
      row.stats = 'stopped'
      if (!keep) this.#rows.delete(container.id)
      this.#running.delete(container.id)
    }
  }

  async #chosen(all: boolean): Promise<{ asked: string; container: Container }[]> {
    const { Container } = this.engine
    if (this.names.length > 0) return Promise.all(this.names.map(async (asked) => ({ asked, container: await Container.get(asked) })))
    return (await Container.list({ all })).map((container) => ({ asked: container.id.slice(0, 12), container }))
  }

  #row(asked: string, container: Container): StatsFacts {
    const row = this.#rows.get(container.id) ?? { asked, id: container.id, name: container.name, stats: null }
    this.#rows.set(container.id, row)
    return row
  }
}

async function measure(container: Container): Promise<StatsFacts['stats']> {
  try {
    for await (const stats of container.stats({ stream: false })) return stats
    return 'stopped'
  } catch (error) {
    if (isEnd(error)) return 'stopped'
    throw error
  }
}

/** A container that does not run, or has just gone. */
function isEnd(error: unknown): boolean {
  return error instanceof GantryError && (error.code === 'ERR_CONTAINER_STATE' || error.code === 'ERR_CONTAINER_NOT_FOUND')
}
