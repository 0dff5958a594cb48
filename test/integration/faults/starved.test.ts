/** Descriptors or processes that run out, and processes that leave without a word. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cgroupLayout } from '../../../lib/launch/index.js'
import { openWorkshop, type Workshop } from '../container/busybox.js'
import { collectIds, settledRemains } from './truth.js'

let shop: Workshop
let watched: ReturnType<typeof collectIds>
beforeAll(async () => {
  shop = await openWorkshop()
  watched = collectIds(shop)
})
afterAll(async () => {
  for (const container of await shop.engine.Container.list({ all: true })) await container.remove({ force: true }).catch(() => {})
  const left = await settledRemains(watched.ids, shop)
  watched.close()
  await shop.close()
  expect(left).toEqual([])
})

interface Report {
  ends: string[]
  before: string[]
  after: string[]
  unhandled: string[]
}

async function starve(shell: string, ...more: string[]): Promise<Report> {
  const script = fileURLToPath(new URL('starved.mjs', import.meta.url))
  const child = spawn('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, script, shop.root, shop.runRoot, ...more], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let report: Report | undefined
  child.on('message', (message) => (report = message as Report))
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  expect(exitCode).toBe(0)
  return report!
}

it('without free descriptors starts fail clearly and give back what they took', async () => {
  const { ends, before, after, unhandled } = await starve('ulimit -n 400;', 'descriptors')
  expect(unhandled).toEqual([])
  expect(ends.filter((end) => end !== 'done' && !/^ERR_\w+ (GantryError|JobError): /.test(end))).toEqual([])
  expect(ends.some((end) => end.includes('EMFILE'))).toBe(true)
  expect(ends.at(-1)).toBe('done')
  expect(after.filter((path) => !before.includes(path))).toEqual([])
  expect(after.length).toBeLessThanOrEqual(before.length)
})

it('without free processes starts fail clearly', async () => {
  const { legacy } = cgroupLayout()
  const cgroup = join(legacy.get('pids')!, `gantry-test-${process.pid}`)
  mkdirSync(cgroup)
  try {
    const { ends, unhandled } = await starve('', 'pids', cgroup)
    expect(unhandled).toEqual([])
    expect(ends.filter((end) => end !== 'done' && !/^ERR_\w+ (GantryError|JobError): /.test(end))).toEqual([])
    expect(ends.some((end) => end.includes('EAGAIN'))).toBe(true)
  } finally {
    rmdirSync(cgroup)
  }
})

it('a process that leaves right after run() leaves nothing', async () => {
  for (const leaving of ['process.exit(0)', 'setImmediate(() => process.exit(0))', 'setTimeout(() => process.exit(0), 3)', 'engine.close()', '']) {
    const code = `import { Engine } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)}
      const engine = await Engine.open(${JSON.stringify({ root: shop.root, runRoot: shop.runRoot })})
      for (let i = 0; i < 3; i++) engine.run('busybox', ${leaving === '' ? "['true']" : "['sleep', '1000']"}).catch(() => {})
      engine.Container.run({ image: 'busybox', command: ['sleep', '1000'], autoRemove: true, lifetime: 'process' }).catch(() => {})
      ${leaving === '' ? 'process.exit' : ''}
      ${leaving}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'inherit', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    const [exitCode] = (await once(child, 'exit')) as [number | null]
    clearTimeout(timer)
    expect([leaving, exitCode, errors]).toEqual([leaving, 0, ''])
    await shop.engine.Container.list()
  }
  expect(await settledRemains(watched.ids, shop)).toEqual([])
})
