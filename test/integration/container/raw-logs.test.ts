import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LogBytes } from '../../../lib/index.js'
import { openWorkshop, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

async function text(pieces: AsyncIterable<LogBytes>, stream: string): Promise<string> {
  const found: Buffer[] = []
  for await (const piece of pieces) if (piece.stream === stream) found.push(piece.bytes)
  return Buffer.concat(found).toString('latin1')
}

it('gives the bytes as they were printed, followed to the end', async () => {
  const script = 'printf "a\\377b\\n\\n"; printf err >&2; yes | head -c 2000000; printf "no end"'
  const container = await shop.engine.Container.create({ image: 'busybox', command: ['sh', '-c', script] })
  const before = BigInt(Date.now()) * 1_000_000n
  await container.start()
  expect(await text(container.logs({ raw: true, follow: true }), 'stdout')).toBe(
    `a\xffb\n\n${'y\n'.repeat(1_000_000)}no end`,
  )
  expect(await text(container.logs({ raw: true, stdout: false }), 'stderr')).toBe('err')
  expect(await text(container.logs({ raw: true, stdout: false }), 'stdout')).toBe('')
  expect(await text(container.logs({ raw: true, tail: 2, stderr: false }), 'stdout')).toBe('y\nno end')
  for await (const { timeNs } of container.logs({ raw: true })) expect(timeNs >= before).toBe(true)
  await container.remove()
})

it('refuses what it does not know', async () => {
  const container = await shop.engine.Container.create({ image: 'busybox', command: ['true'] })
  const read = (options: object) => container.logs(options)[Symbol.asyncIterator]().next()
  await expect(read({ raw: 1 })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  await expect(read({ folow: true })).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining('follow') as string,
  })
  await container.remove()
})
