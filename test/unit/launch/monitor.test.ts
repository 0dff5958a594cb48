import { closeSync, mkdtempSync, readSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { GantryError } from '../../../lib/errors/index.js'
import { MonitorClient, type MonitorMessage, maximumTailBytes } from '../../../lib/launch/monitor.js'
import { type ReplyFields, type ReplyName, replyTable, requestTable } from '../../../lib/launch/tables.js'
import { Channel, pipe, socketPair } from '../../../lib/native/index.js'
import { held, until } from '../native/fixtures/process.js'

interface Request {
  name: string
  id: number
  fields: bigint[]
  tail: Buffer
  descriptors: number[]
}

/** The other end: speaks the protocol by its description, byte by byte, and answers as it is told to. */
class Peer {
  readonly requests: Request[] = []
  isClosed = false

  constructor(readonly channel: Channel) {
    channel.onMessage(
      (data, descriptors) => {
        const [name, { fields }] = Object.entries(requestTable).find(([, { type }]) => type === data.readUInt32LE(0))!
        this.requests.push({
          name,
          id: data.readUInt32LE(4),
          fields: fields.map((_, index) => data.readBigInt64LE(8 + 8 * index)),
          tail: data.subarray(8 + 8 * fields.length),
          descriptors,
        })
      },
      () => {
        this.isClosed = true
      },
    )
  }

  async next(): Promise<Request> {
    await until(() => this.requests.length > 0)
    return this.requests.shift()!
  }

  say<Name extends ReplyName>(
    name: Name,
    id: number,
    fields: ReplyFields[Name],
    tail = '',
    descriptors: number[] = [],
  ): void {
    const values = replyTable[name].fields.map((field) => BigInt((fields as Record<string, number | bigint>)[field]!))
    const message = Buffer.alloc(8 + 8 * values.length)
    message.writeUInt32LE(replyTable[name].type, 0)
    message.writeUInt32LE(id, 4)
    for (const [index, value] of values.entries()) message.writeBigInt64LE(value, 8 + 8 * index)
    this.channel.send(Buffer.concat([message, Buffer.from(tail)]), descriptors)
  }
}

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

function connected(container?: string): { client: MonitorClient; peer: Peer } {
  const [a, b] = socketPair()
  const client = new MonitorClient(new Channel(a), container)
  const peer = new Peer(new Channel(b))
  open.push(client, peer.channel)
  return { client, peer }
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('a request', () => {
  it('travels with its fields, tail and descriptors, and is answered', async () => {
    const { client, peer } = connected()
    const [read, write] = pipe()
    const answer = client.request('execute', { terminal: 1, lifetime: -1 }, { tail: 'the tail', descriptors: [write] })
    closeSync(write)
    const request = await peer.next()
    expect(request).toMatchObject({ name: 'execute', fields: [1n, -1n] })
    expect(request.tail.toString()).toBe('the tail')
    writeSync(request.descriptors[0]!, 'through')
    peer.say('executed', request.id, { pid: 4_000_000_000_000 }, 'reply tail', [read])
    const reply = await answer
    expect(reply).toMatchObject({ name: 'executed', id: request.id, fields: { pid: 4_000_000_000_000 } })
    expect(reply.tail.toString()).toBe('reply tail')
    const buffer = Buffer.alloc(16)
    expect(buffer.toString('utf8', 0, readSync(reply.descriptors[0]!, buffer))).toBe('through')
    for (const fd of [read, ...request.descriptors, ...reply.descriptors]) closeSync(fd)
  })

  it('gets its own answer, whatever the order', async () => {
    const { client, peer } = connected()
    const answers = [client.request('query', {}), client.request('pause', {}), client.request('resume', {})]
    const requests = [await peer.next(), await peer.next(), await peer.next()]
    expect(new Set(requests.map(({ id }) => id)).size).toBe(3)
    for (const { id, name } of requests.reverse()) peer.say('done', id, { value: name.length })
    expect((await Promise.all(answers)).map(({ fields }) => fields)).toEqual([{ value: 5 }, { value: 5 }, { value: 6 }])
  })

  it('resolves with a refusal and with a failure too', async () => {
    const { client, peer } = connected()
    const refused = client.request('pause', {})
    peer.say('refused', (await peer.next()).id, { errno: 22 })
    expect(await refused).toMatchObject({ name: 'refused', fields: { errno: 22 } })
    const failed = client.request('start', {})
    peer.say('failed', (await peer.next()).id, { section: 2, index: 7, operation: 31, errno: 2 })
    expect(await failed).toMatchObject({ name: 'failed', fields: { section: 2, index: 7, operation: 31, errno: 2 } })
  })

  it('delivers times as bigints and other numbers as numbers, negative and large', async () => {
    const { client, peer } = connected()
    const answer = client.request('query', {})
    const startedAtNs = 1_763_769_162_123_456_789n
    peer.say('state', (await peer.next()).id, { status: 1, pid: -1, startedAtNs, restartCount: 2 ** 40 + 3, health: 0 })
    expect((await answer).fields).toEqual({ status: 1, pid: -1, startedAtNs, restartCount: 2 ** 40 + 3, health: 0 })
  })

  it('is rejected when the monitor goes away', async () => {
    const { client, peer } = connected('f00d')
    const answer = client.request('stop', { signal: 15, graceMs: 10, restart: 0 })
    await peer.next()
    peer.channel.close()
    await expect(answer).rejects.toThrow(
      expect.objectContaining({
        name: 'GantryError',
        code: 'ERR_MONITOR',
        id: 'f00d',
        message: expect.stringContaining("'stop'"),
      }),
    )
    expect(client.isClosed).toBe(true)
    await expect(client.request('query', {})).rejects.toThrow(expect.objectContaining({ code: 'ERR_MONITOR' }))
    expect(() => client.post('query', {})).toThrow(expect.objectContaining({ code: 'ERR_MONITOR' }))
  })

  it('is rejected by close()', async () => {
    const { client } = connected()
    const answer = client.request('query', {})
    client.close()
    client.close()
    await expect(answer).rejects.toThrow(expect.objectContaining({ code: 'ERR_MONITOR' }))
  })

  it('can be given up; its late reply is dropped with its descriptors', async () => {
    const { client, peer } = connected()
    const news: MonitorMessage[] = []
    client.onNews((message) => news.push(message))
    await expect(client.request('query', {}, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_ABORTED' }),
    )
    const controller = new AbortController()
    const answer = client.request('rootDescriptor', {}, { signal: controller.signal })
    const { id } = await peer.next()
    controller.abort(new Error('bored'))
    await expect(answer).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_ABORTED', cause: expect.objectContaining({ message: 'bored' }) }),
    )
    const [read, write] = pipe()
    const before = held()
    peer.say('done', id, { value: 0 }, '', [read, write])
    const next = client.request('query', {})
    peer.say('done', (await peer.next()).id, { value: 1 })
    expect((await next).fields).toEqual({ value: 1 })
    expect(held()).toEqual(before)
    expect(news).toEqual([])
    for (const fd of [read, write]) closeSync(fd)
  })

  it('that cannot be sent is rejected', async () => {
    const { client } = connected()
    await expect(client.request('input', {}, { tail: Buffer.alloc(2 ** 24) })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MONITOR', syscall: 'sendmsg' }),
    )
    await expect(client.request('query', {}, { descriptors: [9999] })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MONITOR', errno: 9 }),
    )
    expect(client.post('input', {}, { tail: Buffer.alloc(maximumTailBytes) })).toBe(true)
  })
})

describe('news', () => {
  it('reaches every listener, in order, until it stops listening', async () => {
    const { client, peer } = connected()
    const first: MonitorMessage[] = []
    const second: string[] = []
    client.onNews((message) => first.push(message))
    const stop = client.onNews(({ name }) => second.push(name))
    peer.say('health', 0, { status: 2, failingStreak: 0 })
    peer.say('output', 0, { stream: 1 }, 'some text')
    await until(() => first.length === 2)
    stop()
    peer.say('gone', 0, { errno: 0 })
    await until(() => first.length === 3)
    expect(first.map(({ name }) => name)).toEqual(['health', 'output', 'gone'])
    expect(first[1]!.tail.toString()).toBe('some text')
    expect(second).toEqual(['health', 'output'])
  })

  it('of an unknown kind, or without a listener, is dropped with its descriptors', async () => {
    const { client, peer } = connected()
    const [read, write] = pipe()
    const before = held()
    peer.say('started', 0, { pid: 1, startedAtNs: 1n, restartCount: 0 }, '', [read])
    const unknown = Buffer.alloc(8)
    unknown.writeUInt32LE(60_000, 0)
    peer.channel.send(unknown, [write])
    const answer = client.request('query', {})
    peer.say('done', (await peer.next()).id, { value: 0 })
    await answer
    expect(held()).toEqual(before)
    for (const fd of [read, write]) closeSync(fd)
  })

  it('about an exec goes to who asked for it, and to the others when nobody did', async () => {
    const { client, peer } = connected()
    const news: MonitorMessage[] = []
    const later: MonitorMessage[] = []
    client.onNews((message) => news.push(message))
    const first = client.request('execute', { terminal: 0, lifetime: 1 }, { later: (message) => later.push(message) })
    const second = client.request('execute', { terminal: 0, lifetime: 1 })
    for (const { id } of [await peer.next(), await peer.next()]) {
      peer.say('executed', id, { pid: 7 })
      peer.say('executeExited', id, { exitCode: id, signal: 0, cpuUserUs: 0, cpuSystemUs: 0, maxRssBytes: 0 })
    }
    const ids = [(await first).id, (await second).id]
    await until(() => later.length + news.length === 2)
    expect(later).toMatchObject([{ name: 'executeExited', id: ids[0], fields: { exitCode: ids[0] } }])
    expect(news).toMatchObject([{ name: 'executeExited', id: ids[1] }])
  })
})

describe('the end of the connection', () => {
  it('is told once, after the last news', async () => {
    const { client, peer } = connected()
    const seen: string[] = []
    client.onNews(({ name }) => seen.push(name))
    client.onClosed((error) => seen.push(error ? error.code : 'closed'))
    client.post('input', {}, { tail: 'never read' })
    peer.channel.pause()
    peer.say('exited', 0, {
      exitCode: 0,
      signal: 0,
      oomKilled: 0,
      timedOut: 0,
      startedAtNs: 1n,
      finishedAtNs: 2n,
      cpuUserUs: 0,
      cpuSystemUs: 0,
      maxRssBytes: 0,
      willRestart: 0,
      restartCount: 0,
      durationNs: 1n,
    })
    peer.channel.close()
    await until(() => client.isClosed)
    expect(seen).toEqual(['exited', 'closed'])
  })

  it('is an error when the monitor speaks nonsense', async () => {
    const { client, peer } = connected()
    const errors: (GantryError | undefined)[] = []
    client.onClosed((error) => errors.push(error))
    const answer = client.request('query', {})
    const short = Buffer.alloc(12)
    short.writeUInt32LE(replyTable.state.type, 0)
    peer.channel.send(short)
    await expect(answer).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MONITOR', message: expect.stringContaining('malformed') }),
    )
    expect(errors).toMatchObject([{ code: 'ERR_MONITOR' }])
  })

  it('is not told after close()', async () => {
    const { client, peer } = connected()
    let calls = 0
    client.onClosed(() => calls++)
    client.close()
    await until(() => peer.isClosed)
    await turn()
    expect(calls).toBe(0)
  })
})

describe('a monitor that does not keep up', () => {
  it('gets everything in order once it reads again', async () => {
    const { client, peer } = connected()
    peer.channel.pause()
    let posted = 0
    while (client.post('input', {}, { tail: `${posted}`.padEnd(50_000, ' ') })) posted++
    const [read, write] = pipe()
    // With a descriptor that its owner closes before the message can leave.
    client.post('input', {}, { tail: `${++posted}`, descriptors: [write] })
    closeSync(write)
    const answer = client.request('query', {})
    const drained = client.drained()
    peer.channel.resume()
    await drained
    await until(() => peer.requests.length === posted + 2)
    const query = peer.requests.pop()!
    expect(peer.requests.map(({ tail }) => Number(tail.toString()))).toEqual(
      Array.from({ length: posted + 1 }, (_, index) => index),
    )
    const [fd] = peer.requests.at(-1)!.descriptors
    writeSync(fd!, 'open')
    peer.say('done', query.id, { value: 0 })
    await answer
    for (const each of [read, fd!]) closeSync(each)
  })

  it('leaves nothing behind when it goes away', async () => {
    const before = held()
    const { client, peer } = connected()
    peer.channel.pause()
    const [read, write] = pipe()
    while (client.post('input', {}, { tail: Buffer.alloc(50_000) }));
    client.post('input', {}, { descriptors: [read, write] })
    for (const fd of [read, write]) closeSync(fd)
    const drained = client.drained()
    peer.channel.close()
    await expect(drained).rejects.toThrow(expect.objectContaining({ code: 'ERR_MONITOR' }))
    await until(() => client.isClosed)
    expect(held()).toEqual(before)
  })
})

describe('the event loop', () => {
  it('is kept by a client until unref(), and then only while a request waits', async () => {
    const [a, b] = socketPair()
    const channel = new Channel(a)
    let isRef = true
    const ref = channel.ref.bind(channel)
    const unref = channel.unref.bind(channel)
    channel.ref = () => {
      isRef = true
      ref()
    }
    channel.unref = () => {
      isRef = false
      unref()
    }
    const client = new MonitorClient(channel)
    const peer = new Peer(new Channel(b))
    open.push(client, peer.channel)
    expect(isRef).toBe(true)
    client.unref()
    expect(isRef).toBe(false)
    const answers = [client.request('query', {}), client.request('query', {})]
    expect(isRef).toBe(true)
    peer.say('done', (await peer.next()).id, { value: 0 })
    await answers[0]
    expect(isRef).toBe(true)
    peer.say('done', (await peer.next()).id, { value: 0 })
    await answers[1]
    await turn()
    expect(isRef).toBe(false)
    const controller = new AbortController()
    const given = client.request('query', {}, { signal: controller.signal })
    expect(isRef).toBe(true)
    controller.abort()
    await expect(given).rejects.toThrow()
    expect(isRef).toBe(false)
    client.ref()
    expect(isRef).toBe(true)
  })
})

describe('MonitorClient.connect', () => {
  it('says that no monitor is there', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gantry-run-'))
    try {
      expect(() => MonitorClient.connect(directory, 'f00d')).toThrow(
        expect.objectContaining({
          code: 'ERR_MONITOR',
          id: 'f00d',
          errno: 2,
          path: directory,
          hint: expect.stringContaining('does not run'),
        }),
      )
    } finally {
      rmdirSync(directory)
    }
  })
})
