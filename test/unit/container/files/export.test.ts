import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { exportMount, exportTree } from '../../../../lib/container/files/index.js'
import { mountOverlay } from '../../../../lib/native/index.js'
import { describeTree, makeOddTree } from '../../image/archive/odd-tree.js'
import { stand } from './stand.js'

const descriptors = (): number => readdirSync('/proc/self/fd').length

test('the merged tree, as GNU tar unpacks it', async () => {
  using box = stand()
  const before = descriptors()
  makeOddTree(box.base)
  writeFileSync(join(box.target.layers[0]!, 'setuid'), 'from the layer above')
  box.inside((root) => rmSync(`${root}/big`))
  const unpacked = join(box.host, 'unpacked')
  mkdirSync(unpacked)
  const tar = spawn('tar', ['--numeric-owner', '-xpf', '-', '-C', unpacked], { stdio: ['pipe', 'ignore', 'inherit'] })
  const ended = once(tar, 'close')
  await pipeline(exportTree(box.target), tar.stdin)
  expect((await ended)[0]).toBe(0)
  const merged = box.inside((root) => describeTree(root))
  expect(describeTree(unpacked)).toEqual(merged)
  expect(merged.some((line) => line.startsWith('big|'))).toBe(false)
  await expect.poll(descriptors).toBe(before)
})

test('the same tree gives the same bytes, also from the descriptor of a running one', async () => {
  using box = stand()
  makeOddTree(box.base)
  const digest = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    const hash = createHash('sha256')
    for await (const chunk of stream) hash.update(chunk)
    return hash.digest('hex')
  }
  const first = await digest(exportTree(box.target))
  expect(await digest(exportTree(box.target))).toBe(first)
  const mount = mountOverlay({ lowers: box.target.layers, upper: box.target.upper, work: box.target.work })
  let closed = 0
  expect(
    await digest(
      exportMount(
        mount,
        () => {
          closeSync(mount)
          closed++
        },
        undefined,
      ),
    ),
  ).toBe(first)
  expect(closed).toBe(1)
})

test('a hundred thousand files in bounded memory, no faster than they are read', async () => {
  // In memory: making so many files takes a disk far longer than packing them.
  using box = stand(undefined, '/dev/shm')
  const total = 100_000
  execFileSync('python3', [
    '-c',
    `
import os, sys
top = sys.argv[1]
for d in range(100):
    os.mkdir(f'{top}/d{d}')
    for f in range(${total / 100}):
        with open(f'{top}/d{d}/f{f}', 'w') as out: out.write('x' * 600 if f % 10 == 0 else '')
`,
    box.base,
  ])
  const stream = exportTree(box.target)
  const reader = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  await reader.next()
  // Nobody reads: next to nothing is read ahead.
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(stream.readableLength).toBeLessThan(2 << 20)
  const rss = process.memoryUsage().rss
  let bytes = 0
  let highest = 0
  for (let next = await reader.next(); !next.done; next = await reader.next()) {
    bytes += next.value.length
    highest = Math.max(highest, process.memoryUsage().rss)
  }
  expect(bytes).toBeGreaterThan(total * 512 + (total / 10) * 1024)
  expect(highest - rss).toBeLessThan(100 << 20)
}, 120_000)

test('leaving early closes everything', async () => {
  using box = stand()
  const before = descriptors()
  makeOddTree(box.base)
  for await (const _ of exportTree(box.target)) break
  exportTree(box.target).destroy()
  await expect.poll(descriptors).toBe(before)
})

test('ids of a sandbox are those that it sees', async () => {
  using box = stand({ base: 500_000, size: 65536 })
  box.inside((root) => {
    writeFileSync(`${root}/mine`, '')
    execFileSync('chown', ['500033:500044', `${root}/mine`])
  })
  const archive = await buffer(exportTree(box.target))
  expect(execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' })).toContain(
    ' 33/44 ',
  )
})
