import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { MonitorClient, MonitorMessage } from '../../../lib/launch/monitor.js'
import { PipeReader } from '../../../lib/native/index.js'
import { expectReply, shell, until, untilStill, useBench } from './bench.js'

const bench = useBench()
const logged = { streams: { mode: 1 }, log: { maxSize: 0, maxFiles: 1 } }
const interactive = { streams: { mode: 1, stdin: 1 }, log: { maxSize: 0, maxFiles: 1 } }

/** Everything that a client was sent of a stream. */
function collect(client: MonitorClient): { text: () => string; missed: () => number; messages: MonitorMessage[] } {
  const messages: MonitorMessage[] = []
  client.onNews((message) =>
    messages.push(message.name === 'output' ? { ...message, tail: Buffer.from(message.tail) } : message),
  )
  return {
    messages,
    text: () =>
      Buffer.concat(messages.filter((message) => message.name === 'output').map((message) => message.tail)).toString(),
    missed: () => messages.reduce((sum, message) => sum + (message.name === 'missed' ? message.fields.bytes : 0), 0),
  }
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const attach = async (client: MonitorClient, stdin = 0, wait = 0) =>
  expectReply(await client.request('attach', { stdin, stdout: 1, stderr: 1, wait }), 'done')

describe('the log', () => {
  it('holds everything that was written before the end', async () => {
    const b = bench({ ...logged, argv: shell('echo out; echo err >&2; seq 1 20000') })
    await b.start()
    await b.next('exited')
    const records = b.records()
    expect(records.filter((record) => record.stream === 'E').map((record) => record.data.toString())).toEqual(['err\n'])
    const out = Buffer.concat(
      records.filter((record) => 'Oo'.includes(record.stream)).map((record) => record.data),
    ).toString()
    expect(out).toBe(`out\n${Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join('')}`)
  })

  it('marks what continues a line', async () => {
    const b = bench({ ...logged, argv: shell('printf a; sleep 0.1; printf b; sleep 0.1; echo c; sleep 0.1; echo d') })
    await b.start()
    await b.next('exited')
    expect(b.records().map((record) => record.stream + record.data.toString())).toEqual(['Oa', 'ob', 'oc\n', 'Od\n'])
  })

  it('carries the time of each read', async () => {
    const before = BigInt(Date.now()) * 1_000_000n
    const b = bench({ ...logged, argv: shell('echo a') })
    await b.start()
    await b.next('exited')
    const [record] = b.records()
    expect(record!.timeNs).toBeGreaterThanOrEqual(before)
    expect(record!.timeNs).toBeLessThanOrEqual(BigInt(Date.now() + 1) * 1_000_000n)
  })

  it('rotates between records and keeps only so many files', async () => {
    const b = bench({ ...logged, log: { maxSize: 100_000, maxFiles: 3 }, argv: shell('seq 1 300000') })
    await b.start()
    await b.next('exited')
    expect(readdirSync(b.log).sort()).toEqual(['1', '2', 'current'])
    const text = ['2', '1', 'current']
      .flatMap((name) => b.records(name))
      .map((record) => record.data.toString())
      .join('')
    for (const name of ['1', '2'])
      expect(b.records(name).reduce((sum, record) => sum + 32 + record.data.length, 0)).toBeLessThanOrEqual(100_000)
    const lines = text.trimEnd().split('\n').slice(1).map(Number)
    expect(lines.at(-1)).toBe(300000)
    expect(lines.every((line, i) => i === 0 || line === lines[i - 1]! + 1)).toBe(true)
  })

  it('keeps one file when told so', async () => {
    const b = bench({ ...logged, log: { maxSize: 10_000, maxFiles: 1 }, argv: shell('seq 1 30000') })
    await b.start()
    await b.next('exited')
    expect(readdirSync(b.log)).toEqual(['current'])
    expect(b.text().endsWith('\n29999\n30000\n')).toBe(true)
  })

  it('goes on after an earlier one, without its torn record and its surplus files', async () => {
    const whole = Buffer.from('O 1763769162.123456789 00000004\nabc\n')
    const torn = Buffer.from('O 1763769162.123456789 00000400\ntorn')
    const b = bench({
      ...logged,
      argv: shell('echo new'),
      log: { maxSize: 0, maxFiles: 2 },
      prepare: (directory) => {
        writeFileSync(join(directory, 'log/current'), Buffer.concat([whole, torn]))
        for (const name of ['1', '2', '3']) writeFileSync(join(directory, 'log', name), whole)
        return undefined
      },
    })
    await b.start()
    await b.next('exited')
    expect(readdirSync(b.log).sort()).toEqual(['1', 'current'])
    expect(b.records().map((record) => record.data.toString())).toEqual(['abc\n', 'new\n'])
  })
})

describe('a full disk', () => {
  const mounted: string[] = []
  afterEach(() => {
    for (const path of mounted.splice(0)) execFileSync('umount', [path])
  })

  it('loses records whole, says how much, and holds up nobody', async () => {
    const b = bench({
      ...logged,
      argv: shell('seq 1 200000; sleep 0.1; exit 3'),
      prepare: (directory) => {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'gantry-test', join(directory, 'log')])
        mounted.push(join(directory, 'log'))
        return undefined
      },
    })
    await b.start()
    expect((await b.next('exited')).fields.exitCode).toBe(3)
    await b.end()
    const kept = b.records().reduce((sum, record) => sum + record.data.length, 0)
    expect(kept).toBeGreaterThan(0)
    expect(kept + b.readState().logLostBytes!).toBe(1_288_895)
  })
})

describe('attached clients', () => {
  it('see what is written after they came', async () => {
    const b = bench({ ...logged, argv: shell('echo one; echo two >&2') })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client)
    await client.request('watch', {})
    await b.start()
    await until(() => seen.messages.some((message) => message.name === 'gone'))
    expect(
      seen.messages
        .filter((message) => message.name === 'output')
        .map((message) => [message.fields.stream, message.tail.toString()]),
    ).toEqual(
      expect.arrayContaining([
        [1, 'one\n'],
        [2, 'two\n'],
      ]),
    )
    expect(seen.messages.map((message) => message.name).slice(-2)).toEqual(['exited', 'gone'])
  })

  it('get pieces of at most 32 KiB', async () => {
    const b = bench({ ...logged, argv: shell('dd if=/dev/zero bs=65536 count=1 2>/dev/null; sleep 0.2') })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client)
    await b.start()
    await until(() => seen.text().length === 65536)
    expect(Math.max(...seen.messages.map((message) => message.tail.length))).toBeLessThanOrEqual(32768)
  })

  it('that do not read miss bytes, are told how many, and hold up nobody', async () => {
    const b = bench({
      ...logged,
      argv: shell('yes 0123456789abcdef | head -c 20000000; sleep 0.1; echo end; sleep 1000'),
    })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client)
    client.pause()
    await b.start()
    await until(() => b.text().endsWith('end\n'))
    client.resume()
    await until(() => seen.missed() > 0)
    expect(seen.text().length + seen.missed()).toBe(20_000_004)
    // What was seen is a prefix: nothing is out of order.
    expect('0123456789abcdef\n'.repeat(1_200_000).startsWith(seen.text())).toBe(true)
    // An answer is never lost.
    client.pause()
    const reply = client.request('query', {})
    client.resume()
    expectReply(await reply, 'state')
  })

  it('hear of the end although their socket is full', async () => {
    const b = bench({ ...logged, argv: shell('yes | head -c 5000000') })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client)
    await client.request('watch', {})
    client.pause()
    await b.start()
    await b.next('gone')
    client.resume()
    await until(() => seen.messages.some((message) => message.name === 'gone'))
    expect(seen.text().length + seen.missed()).toBe(5_000_000)
    expect(seen.messages.map((message) => message.name).slice(-3)).toEqual(['missed', 'exited', 'gone'])
  })

  it('are refused where the owner holds the pipes', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    expect(
      expectReply(await b.owner.request('attach', { stdin: 0, stdout: 1, stderr: 1, wait: 0 }), 'refused').fields.errno,
    ).toBe(95)
  })
})

describe('clients that are waited for', () => {
  const flood = shell('yes 0123456789abcdef | head -c 20000000; sleep 0.1; echo end')

  it('miss nothing however late they read, also when the container has ended', async () => {
    const b = bench({ ...logged, argv: flood })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client, 0, 1)
    await client.request('watch', {})
    await b.start()
    // Stops and goes, so that the socket is full again and again.
    while (!seen.messages.some((message) => message.name === 'gone')) {
      client.pause()
      await sleep(5)
      client.resume()
      await sleep(1)
    }
    expect(seen.missed()).toBe(0)
    expect(seen.text()).toBe(`${'0123456789abcdef\n'.repeat(1_176_471).slice(0, 20_000_000)}end\n`)
    expect(seen.messages.map((message) => message.name).slice(-2)).toEqual(['exited', 'gone'])
  })

  it('hold up the container, and nobody else', async () => {
    const b = bench({ ...logged, argv: flood })
    const [client, other] = [await b.connect(), await b.connect()]
    await attach(client, 0, 1)
    const seen = collect(other)
    await attach(other)
    client.pause()
    await b.start()
    await until(() => seen.text().length > 100_000)
    await untilStill(() => seen.text().length)
    expect(seen.text().length).toBeLessThan(2_000_000)
    expectReply(await other.request('query', {}), 'state')
    client.close()
    await b.next('exited')
    expect(b.text().length).toBe(20_000_004)
  })

  it('hold up only the streams they take', async () => {
    const b = bench({ ...logged, argv: shell('yes | head -c 3000000 >&2; echo over') })
    const client = await b.connect()
    expectReply(await client.request('attach', { stdin: 0, stdout: 1, stderr: 0, wait: 1 }), 'done')
    client.pause()
    await b.start()
    await b.next('exited')
  })

  it('keep nothing up when they do not read to the end', async () => {
    const b = bench({ ...logged, argv: shell('yes | head -c 130000') })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client, 0, 1)
    await client.request('watch', {})
    client.pause()
    await b.start()
    await b.next('gone')
    await b.end()
    client.resume()
    await until(() => seen.messages.some((message) => message.name === 'gone'))
    expect([seen.text().length, seen.missed()]).toEqual([130_000, 0])
  })

  it('may change their mind', async () => {
    const b = bench({ ...logged, argv: flood })
    const client = await b.connect()
    const seen = collect(client)
    await attach(client, 0, 1)
    client.pause()
    await b.start()
    await untilStill(() => b.text().length)
    expect(b.text().length).toBeLessThan(2_000_000)
    client.post('attach', { stdin: 0, stdout: 1, stderr: 1, wait: 0 })
    await b.next('exited')
    client.resume()
    await until(() => seen.missed() > 0)
    expect(seen.text().length + seen.missed()).toBe(20_000_004)
  })
})

describe('standard input', () => {
  it('is empty unless it was asked for', async () => {
    const b = bench({ ...logged, argv: ['/bin/busybox', 'cat'] })
    await b.start()
    expect((await b.next('exited')).fields.exitCode).toBe(0)
    expect(b.text()).toBe('')
  })

  it('takes bytes and an end', async () => {
    const b = bench({ ...interactive, argv: ['/bin/busybox', 'cat'] })
    const client = await b.connect()
    await attach(client, 1)
    await b.start()
    client.post('input', {}, { tail: 'hello\n' })
    client.post('input', {}, { tail: '' })
    expect((await b.next('exited')).fields.exitCode).toBe(0)
    expect(b.text()).toBe('hello\n')
  })

  it('can be given before the start', async () => {
    const b = bench({ ...interactive, argv: ['/bin/busybox', 'cat'] })
    const client = await b.connect()
    await attach(client, 1)
    client.post('input', {}, { tail: 'early ' })
    client.post('input', {}, { tail: 'bird' })
    client.post('input', {}, { tail: '' })
    await b.start()
    await b.next('exited')
    expect(b.text()).toBe('early bird')
  })

  it('loses nothing when the container is slow and the giver has left', async () => {
    const b = bench({ streams: { mode: 1, stdin: 2 }, log: logged.log, argv: shell('sleep 0.3; md5sum; sleep 1000') })
    const client = await b.connect()
    await attach(client, 1)
    await b.start()
    const piece = Buffer.alloc(100_000, 'x')
    for (let i = 0; i < 30; ++i) if (!client.post('input', {}, { tail: piece })) await client.drained()
    client.close()
    await until(() => b.text().length > 0)
    expect(b.text()).toBe(`${md5('x'.repeat(3_000_000))}  -\n`)
    // The monitor answers others meanwhile.
    expectReply(await b.owner.request('query', {}), 'state')
  })

  it('ends with the first client when it is for one', async () => {
    const b = bench({ streams: { mode: 1, stdin: 2 }, log: logged.log, argv: ['/bin/busybox', 'cat'] })
    const client = await b.connect()
    await attach(client, 1)
    await b.start()
    client.post('input', {}, { tail: 'x' })
    client.close()
    await b.next('exited')
    expect(b.text()).toBe('x')
  })

  it('is refused when there is none', async () => {
    const b = bench({ ...logged, argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    expect(expectReply(await b.owner.request('input', {}, { tail: 'x' }), 'refused').fields.errno).toBe(32)
  })
})

describe('a terminal', () => {
  const terminal = { streams: { mode: 1, stdin: 1, terminal: 1 }, log: logged.log, terminal: true }

  it('is pumped both ways, and has the size it is given', async () => {
    const b = bench({ ...terminal, argv: shell('stty size; read x; stty size; echo got $x; sleep 1000') })
    await b.start()
    await until(() => b.text().includes('24 80'))
    const client = await b.connect()
    const seen = collect(client)
    await attach(client, 1)
    expectReply(await client.request('resize', { execute: 0, rows: 50, columns: 132 }), 'done')
    client.post('input', {}, { tail: 'word\n' })
    await until(() => seen.text().includes('got word'))
    expect(b.text()).toContain('50 132')
    expect(b.records().every((record) => 'Tt'.includes(record.stream))).toBe(true)
    expect(seen.messages.every((message) => message.name !== 'output' || message.fields.stream === 0)).toBe(true)
  })

  it('loses nothing at the end', async () => {
    const b = bench({ ...terminal, argv: shell('seq 1 5000') })
    await b.start()
    await b.next('exited')
    expect(b.text()).toBe(Array.from({ length: 5000 }, (_, i) => `${i + 1}\r\n`).join(''))
  })

  it('travels to the owner who holds the streams', async () => {
    const b = bench({ terminal: true, streams: { mode: 0, terminal: 1 }, argv: shell('echo hello; sleep 1000') })
    const started = await b.start()
    expect(started.descriptors).toHaveLength(1)
    let text = ''
    const reader = new PipeReader(started.descriptors[0]!, (chunk) => (text += chunk?.toString() ?? ''))
    await until(() => text === 'hello\r\n')
    reader.close()
  })

  it('refuses a size when there is none', async () => {
    const b = bench({ ...logged, argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    expect(
      expectReply(await b.owner.request('resize', { execute: 0, rows: 1, columns: 1 }), 'refused').fields.errno,
    ).toBe(25)
  })
})
