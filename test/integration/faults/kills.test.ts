/** kill -9 of what runs containers, at any moment: who opens the engine next sees the truth, and nothing is left. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Engine } from '../../../lib/index.js'
import { openWorkshop, type Workshop } from '../container/busybox.js'
import { childrenOf, killHard, monitorsBelow } from './processes.js'
import { collectIds, lies, settledRemains } from './truth.js'

/** More by hand: GANTRY_FAULT_ROUNDS=1000. */
const rounds = Number(process.env.GANTRY_FAULT_ROUNDS ?? 100)

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

function worker(): ChildProcess {
  return fork(fileURLToPath(new URL('busy-worker.mjs', import.meta.url)), [shop.root, shop.runRoot])
}

const anyOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]

/** Kills one of the three, as it comes. */
function strike(busy: ChildProcess): string {
  const monitor = anyOf(monitorsBelow(shop.runRoot))
  const what = Math.random()
  if (what < 0.5 || monitor === undefined) {
    busy.kill('SIGKILL')
    return 'node'
  }
  const victim = what < 0.8 ? monitor : anyOf(childrenOf(monitor))
  if (victim !== undefined) killHard(victim)
  return victim === monitor ? 'monitor' : 'init'
}

it(
  'the truth is told after each kill, and nothing leaks',
  async () => {
    const { ids, close } = collectIds(shop)
    const surprises: unknown[] = []
    let next = worker()
    for (let round = 0; round < rounds; round++) {
      const busy = next
      next = worker()
      busy.on('message', (message) => typeof message === 'object' && surprises.push(message))
      busy.send('go')
      await once(busy, 'message')
      const struck: string[] = []
      for (let strikes = 1 + Math.floor(Math.random() * 3); strikes > 0 && busy.exitCode === null && busy.signalCode === null; strikes--) {
        await pause(Math.random() * 60)
        struck.push(strike(busy))
        if (struck.at(-1) === 'node') break
      }
      if (busy.signalCode === null && busy.exitCode === null) {
        busy.kill('SIGKILL')
        await once(busy, 'exit')
      }
      const engine = await Engine.open({ root: shop.root, runRoot: shop.runRoot })
      expect(await lies(engine, shop), `round ${round}, killed ${struck.join(', ')}`).toEqual([])
      if (round % 10 === 9) for (const container of await engine.Container.list({ all: true })) await container.remove({ force: true })
      await engine.close()
    }
    next.kill('SIGKILL')
    for (const container of await shop.engine.Container.list({ all: true })) await container.remove({ force: true })
    close()
    expect(surprises).toEqual([])
    expect(await settledRemains(ids, shop)).toEqual([])
  },
  Math.max(60_000, rounds * 1000),
)
