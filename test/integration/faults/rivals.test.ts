/** Eight processes at the same names at once. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkshop, type Workshop } from '../container/busybox.js'
import { collectIds, lies, settledRemains } from './truth.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

it('rivals hear clear errors only, and what they leave is consistent', async () => {
  const { ids, close } = collectIds(shop)
  const rivals = Array.from({ length: 8 }, () => fork(fileURLToPath(new URL('rival.mjs', import.meta.url)), [shop.root, shop.runRoot, '5000']))
  const reports = (await Promise.all(rivals.map(async (rival) => (await once(rival, 'message'))[0] as unknown))) as { surprises: string[]; done: number }[]
  expect(reports.flatMap(({ surprises }) => surprises)).toEqual([])
  for (const { done } of reports) expect(done).toBeGreaterThan(0)
  expect(await lies(shop.engine, shop)).toEqual([])
  const containers = await shop.engine.Container.list({ all: true })
  expect(new Set(containers.map(({ name }) => name)).size).toBe(containers.length)
  for (const container of containers) await container.remove({ force: true })
  close()
  expect(await settledRemains(ids, shop)).toEqual([])
})
