import { appendFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFiles } from '../../../../lib/container/logs/files.js'
import { readLogBytes, readLogs } from '../../../../lib/container/logs/index.js'
import { formatRecord } from '../../../../lib/container/logs/record.js'
import { recordBoundary } from '../../../../lib/container/logs/tail.js'
import { LogWriter } from './log-writer.js'

const never = (): boolean => false

async function tail(directory: string, count: number): Promise<string[]> {
  const out: string[] = []
  for await (const entry of readLogs(directory, { tail: count }, never)) out.push(entry.text)
  return out
}

async function tailBytes(directory: string, count: number): Promise<string> {
  const out: Buffer[] = []
  for await (const piece of readLogBytes(directory, { tail: count }, never)) out.push(piece.bytes)
  return Buffer.concat(out).toString()
}

test('the last lines, fewer when there are fewer, none for 0', async () => {
  using log = new LogWriter()
  log.write('O', 'a\nb\nc\n')
  log.write('E', 'd\n')
  expect(await tail(log.directory, 2)).toEqual(['c', 'd'])
  expect(await tail(log.directory, 99)).toEqual(['a', 'b', 'c', 'd'])
  expect(await tail(log.directory, 0)).toEqual([])
  expect(await tailBytes(log.directory, 2)).toBe('c\nd\n')
  expect(await tailBytes(log.directory, 0)).toBe('')
})

test('an unfinished last line counts', async () => {
  using log = new LogWriter()
  log.write('O', 'a\nb')
  log.write('E', 'x\n')
  log.write('O', 'c')
  expect(await tail(log.directory, 1)).toEqual(['bc'])
  expect(await tail(log.directory, 2)).toEqual(['x', 'bc'])
  expect(await tailBytes(log.directory, 1)).toBe('bc')
})

test('the tail of a large log is that of the whole log, over rotated files', async () => {
  using log = new LogWriter(6 << 20, 4)
  const lines: string[] = []
  for (let index = 0; index < 40_000; index++) {
    const text = `${index} ${'z'.repeat(index % 700)}`
    lines.push(text)
    // Now and then a line is spread over two records.
    if (index % 5 === 0) {
      log.write('O', text.slice(0, 3))
      log.write('O', `${text.slice(3)}\n`)
    } else log.write('O', `${text}\n`)
  }
  expect(readdirSync(log.directory).length).toBeGreaterThan(2)
  for (const count of [1, 10, 3000, 20_000]) expect(await tail(log.directory, count)).toEqual(lines.slice(-count))
  expect(await tailBytes(log.directory, 20_000)).toBe(`${lines.slice(-20_000).join('\n')}\n`)
}, 60_000)

test('a line that began megabytes before the end is whole', async () => {
  using log = new LogWriter()
  log.write('E', 'began ')
  const filler = `${'f'.repeat(65_000)}\n`
  for (let index = 0; index < 100; index++) log.write('O', filler)
  log.write('E', 'ended\n')
  log.write('O', 'last\n')
  expect(await tail(log.directory, 2)).toEqual(['began ended', 'last'])
})

test('a hostile container cannot forge records of its tail', async () => {
  using log = new LogWriter()
  // Chains of false headers that stay in step with each other and jump over the true ones.
  const fake = 'E 1111111111.000000000 00000032\n'
  const record = formatRecord('O', log.timeNs, Buffer.from(fake.repeat(2000)))
  const current = join(log.directory, 'current')
  for (let index = 0; index < 60; index++) appendFileSync(current, record)
  log.write('O', 'true end\n')
  expect(statSync(current).size).toBeGreaterThan(3 << 20)
  expect(await tail(log.directory, 2)).toEqual([fake.trimEnd(), 'true end'])
})

test('a boundary is found near the end without reading from the beginning', () => {
  using log = new LogWriter()
  const block = Buffer.concat(
    Array.from({ length: 100 }, (_, index) => formatRecord('O', log.timeNs, Buffer.alloc(60_000 + index, 0x61))),
  )
  log.append(block)
  const files = new LogFiles(log.directory)
  files.refresh()
  try {
    const boundary = recordBoundary(files.first!, 2 << 20)
    expect(boundary).toBeGreaterThan(block.length - (2 << 20))
  } finally {
    files.close()
  }
})
