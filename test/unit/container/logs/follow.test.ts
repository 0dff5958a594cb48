import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readLogBytes, readLogs } from '../../../../lib/container/logs/index.js'
import { GantryError } from '../../../../lib/errors/index.js'
import { LogWriter } from './log-writer.js'

const descriptors = (): number => readdirSync('/proc/self/fd').length

test('a follow delivers what is written meanwhile and ends with the container', async () => {
  using log = new LogWriter()
  log.write('O', 'before\n')
  let alive = true
  const seen: string[] = []
  const reading = (async () => {
    for await (const entry of readLogs(log.directory, { follow: true }, () => alive)) seen.push(entry.text)
  })()
  await expect.poll(() => seen).toEqual(['before'])
  log.write('E', 'during\n')
  await expect.poll(() => seen).toEqual(['before', 'during'])
  log.write('O', 'last without newline')
  alive = false
  await reading
  expect(seen).toEqual(['before', 'during', 'last without newline'])
})

test('a follow of a log that does not exist yet waits for it', async () => {
  using log = new LogWriter()
  let alive = true
  const seen: string[] = []
  const reading = (async () => {
    for await (const entry of readLogs(log.directory, { follow: true, tail: 3 }, () => alive)) seen.push(entry.text)
  })()
  await sleep(20)
  log.write('O', 'hello\n')
  await expect.poll(() => seen).toEqual(['hello'])
  alive = false
  await reading
})

test('a follow loses and repeats nothing while the log rotates', async () => {
  const before = descriptors()
  using log = new LogWriter(2000, 3)
  let alive = true
  const seen: number[] = []
  const reading = (async () => {
    for await (const entry of readLogs(log.directory, { follow: true }, () => alive)) seen.push(Number(entry.text))
  })()
  const total = 5000
  for (let index = 0; index < total; index++) {
    log.write('O', `${index}\n`)
    // Two rotations happen between two turns of the event loop at most: fewer than the files that are kept.
    if (index % 40 === 0) await new Promise(setImmediate)
  }
  alive = false
  await reading
  expect(seen).toEqual(Array.from({ length: total }, (_, index) => index))
  await expect.poll(descriptors).toBe(before)
})

test('a consumer that stands still during rotations misses nothing', async () => {
  using log = new LogWriter(1000, 3)
  let alive = true
  log.write('O', 'first\n')
  const reader = readLogBytes(log.directory, { follow: true }, () => alive)
  let out = (await reader.next()).value!.bytes.toString()
  for (let index = 0; index < 200; index++) {
    log.write('O', `${index}\n`)
    if (index % 10 === 0) await sleep(2)
  }
  alive = false
  for await (const piece of reader) out += piece.bytes.toString()
  expect(out).toBe(`first\n${Array.from({ length: 200 }, (_, index) => `${index}\n`).join('')}`)
})

test('a follow with a tail begins at the last lines', async () => {
  using log = new LogWriter()
  for (let index = 0; index < 10; index++) log.write('O', `${index}\n`)
  let alive = true
  const seen: string[] = []
  const reading = (async () => {
    for await (const entry of readLogs(log.directory, { follow: true, tail: 0 }, () => alive)) seen.push(entry.text)
  })()
  await sleep(30)
  log.write('O', 'new\n')
  await expect.poll(() => seen).toEqual(['new'])
  alive = false
  await reading
})

test('a signal ends a follow with ERR_ABORTED, and a timeout carries its own error', async () => {
  using log = new LogWriter()
  const before = descriptors()
  for (const [reason, code] of [
    [undefined, 'ERR_ABORTED'],
    [new GantryError('ERR_TIMEOUT', 'late'), 'ERR_TIMEOUT'],
  ] as const) {
    const controller = new AbortController()
    const next = readLogs(log.directory, { follow: true, signal: controller.signal }, () => true).next()
    setTimeout(() => controller.abort(reason), 10)
    await expect(next).rejects.toMatchObject({ code })
  }
  await expect.poll(descriptors).toBe(before)
})

test('until ends a follow', async () => {
  using log = new LogWriter()
  log.timeNs = BigInt(Date.now() - 1000) * 1_000_000n
  log.write('O', 'now\n')
  const seen: string[] = []
  for await (const entry of readLogs(log.directory, { follow: true, until: Date.now() + 50 }, () => true))
    seen.push(entry.text)
  expect(seen).toEqual(['now'])
})

test('leaving the loop closes the files', async () => {
  using log = new LogWriter()
  log.write('O', 'a\nb\n')
  const before = descriptors()
  for await (const entry of readLogs(log.directory, { follow: true }, () => true)) if (entry.text === 'a') break
  await expect.poll(descriptors).toBe(before)
})
