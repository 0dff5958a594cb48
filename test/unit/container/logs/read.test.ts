import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLogBytes, readLogLines, readLogs } from '../../../../lib/container/logs/index.js'
import type { LogOptions } from '../../../../lib/container/types.js'
import { LogWriter } from './log-writer.js'

const never = (): boolean => false

async function texts(directory: string, options: LogOptions = {}): Promise<string[]> {
  const out: string[] = []
  for await (const entry of readLogs(directory, options, never)) out.push(`${entry.stream}:${entry.text}`)
  return out
}

async function bytes(directory: string, options: LogOptions = {}): Promise<string> {
  let out = ''
  for await (const piece of readLogBytes(directory, options, never)) out += piece.bytes.toString('latin1')
  return out
}

test('an absent or empty log has no lines', async () => {
  using log = new LogWriter()
  expect(await texts(join(log.directory, 'none'))).toEqual([])
  expect(await texts(log.directory)).toEqual([])
  writeFileSync(join(log.directory, 'current'), '')
  expect(await texts(log.directory, { tail: 5 })).toEqual([])
})

test('lines come without their newline, tagged, with the time at which they began', async () => {
  using log = new LogWriter()
  log.write('O', 'one\ntwo\n')
  log.write('E', 'oops\n')
  log.write('T', 'tty\r\n')
  const entries = []
  for await (const entry of readLogs(log.directory, {}, never)) entries.push(entry)
  expect(entries.map((entry) => [entry.stream, entry.text])).toEqual([
    ['stdout', 'one'],
    ['stdout', 'two'],
    ['stderr', 'oops'],
    ['stdout', 'tty\r'],
  ])
  expect(entries[0]!.timeNs).toBe(1_763_769_162_001_000_000n)
  expect(entries[0]!.time.toISOString()).toBe('2025-11-21T23:52:42.001Z')
})

test('lines that are spread over records of two streams are put together', async () => {
  using log = new LogWriter()
  log.write('O', 'out ')
  log.write('E', 'err ')
  log.write('O', 'more ')
  log.write('E', 'end\n')
  log.write('O', 'end\nlast')
  expect(await texts(log.directory)).toEqual(['stderr:err end', 'stdout:out more end', 'stdout:last'])
})

test('a line left open when the program ended does not run into the next start', async () => {
  using log = new LogWriter()
  log.write('O', 'no newline')
  log.append(Buffer.from('O 1763769163.000000000 00000006\nagain\n'))
  expect(await texts(log.directory)).toEqual(['stdout:no newline', 'stdout:again'])
})

test('empty lines are lines', async () => {
  using log = new LogWriter()
  log.write('O', '\n\na\n\n')
  expect(await texts(log.directory)).toEqual(['stdout:', 'stdout:', 'stdout:a', 'stdout:'])
})

test('bytes that are no UTF-8 are replaced in text and kept in the raw forms', async () => {
  using log = new LogWriter()
  log.write('O', Buffer.from([0x61, 0xff, 0x62, 0x0a]))
  // A character cut in two by a read(2) is whole again.
  log.write('O', Buffer.from([0xc3]))
  log.write('O', Buffer.from([0xa9, 0x0a]))
  expect(await texts(log.directory)).toEqual(['stdout:a\ufffdb', 'stdout:é'])
  expect(await bytes(log.directory)).toBe('a\xffb\n\xc3\xa9\n')
  const lines = []
  for await (const line of readLogLines(log.directory, {}, never)) lines.push(line.bytes.toString('latin1'))
  expect(lines).toEqual(['a\xffb', '\xc3\xa9'])
})

test('lines longer than 1 MiB are split', async () => {
  using log = new LogWriter()
  const long = 'x'.repeat((1 << 20) + 5)
  for (let at = 0; at < long.length; at += 65536) log.write('O', long.slice(at, at + 65536))
  log.write('O', '\nnext\n')
  log.write('O', `${'y'.repeat(1 << 20)}\n`)
  const out = await texts(log.directory)
  expect(out.map((text) => text.length - 'stdout:'.length)).toEqual([1 << 20, 5, 4, 1 << 20])
})

test('what a container prints is not taken for a header', async () => {
  using log = new LogWriter()
  const fake = 'E 1763769162.123456789 00000005\nfake\n'
  log.write('O', fake)
  expect(await texts(log.directory)).toEqual(['stdout:E 1763769162.123456789 00000005', 'stdout:fake'])
})

test('a torn record does not hide what follows it', async () => {
  using log = new LogWriter()
  log.write('O', 'before\n')
  log.append(Buffer.from('O 17637'))
  log.rotate()
  log.write('O', 'after\n')
  log.append(Buffer.from('garbage\0\0'))
  log.append(Buffer.from('O 1763769163.000000000 00000006\nlater\n'))
  log.append(Buffer.from('O 1763769163.000000000 00000099\ncut'))
  expect(await texts(log.directory)).toEqual(['stdout:before', 'stdout:after', 'stdout:later', 'stdout:cut'])
})

test('one stream can be asked for', async () => {
  using log = new LogWriter()
  for (let index = 0; index < 10; index++) {
    log.write('O', `out ${index}\n`)
    log.write('E', `err ${index}\n`)
  }
  expect(await texts(log.directory, { stdout: false, tail: 2 })).toEqual(['stderr:err 8', 'stderr:err 9'])
  expect(await bytes(log.directory, { stderr: false, tail: 1 })).toBe('out 9\n')
  expect(await texts(log.directory, { stdout: false, stderr: false })).toEqual([])
})

test('rotated files are read oldest first', async () => {
  using log = new LogWriter(200, 12)
  const wanted = Array.from({ length: 40 }, (_, index) => `line ${index}`)
  for (const line of wanted) log.write('O', `${line}\n`)
  expect(await texts(log.directory)).toEqual(wanted.map((line) => `stdout:${line}`))
})

test('since and until choose by time', async () => {
  using log = new LogWriter()
  for (let index = 0; index < 5; index++) log.write('O', `${index}\n`)
  expect(await texts(log.directory, { since: '1763769162.003', until: '1763769162.004' })).toEqual([
    'stdout:2',
    'stdout:3',
  ])
  expect(await texts(log.directory, { since: new Date(1763769162005) })).toEqual(['stdout:4'])
  expect(await texts(log.directory, { until: 1763769162001 })).toEqual(['stdout:0'])
  expect(await bytes(log.directory, { since: '2025-11-21T23:52:42.004Z' })).toBe('3\n4\n')
  expect(await texts(log.directory, { since: '1h' })).toEqual([])
})

test('bytes since a moment do not begin in the middle of a line', async () => {
  using log = new LogWriter()
  log.write('O', 'a')
  log.write('O', 'b\nc\n')
  log.write('O', 'd\n')
  expect(await bytes(log.directory, { since: '1763769162.002' })).toBe('c\nd\n')
})

test.each([
  [{ tail: -1 }, /tail/],
  [{ tail: 1.5 }, /tail/],
  [{ since: 'yesterday' }, /since: "yesterday" is not a point in time/],
  [{ until: Number.NaN }, /until/],
  [{ since: new Date('x') }, /since/],
] as [LogOptions, RegExp][])('%o is refused', async (options, message) => {
  await expect(texts('/nonexistent', options)).rejects.toThrow(message)
  await expect(texts('/nonexistent', options)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
})

test('joined bytes keep the order of the streams', async () => {
  using log = new LogWriter()
  for (const text of ['a', 'b\n', 'c\n']) log.write('O', text)
  for (const text of ['d\n', 'e\n']) log.write('E', text)
  log.write('O', 'f\n')
  const pieces = []
  for await (const { stream, bytes } of readLogBytes(log.directory, { join: true, tail: 4 }, never))
    pieces.push([stream, String(bytes)])
  expect(pieces.map(([, text]) => text).join('')).toBe('c\nd\ne\nf\n')
  const whole = []
  for await (const { stream, bytes } of readLogBytes(log.directory, { join: true }, never))
    whole.push([stream, String(bytes)])
  expect(whole).toEqual([
    ['stdout', 'ab\nc\n'],
    ['stderr', 'd\ne\n'],
    ['stdout', 'f\n'],
  ])
})
