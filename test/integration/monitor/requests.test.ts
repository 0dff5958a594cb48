import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MonitorClient } from '../../../lib/launch/monitor.js'
import { requestTable } from '../../../lib/launch/tables.js'
import { type Channel, connectMonitor, spawnMonitor } from '../../../lib/native/index.js'
import { type Bench, expectReply, isRunning, until, useBench } from './bench.js'

const bench = useBench()
const argv = ['/bin/busybox', 'sleep', '1000']

/** A connection below the client, to send what no client sends. */
async function raw(b: Bench): Promise<{ channel: Channel; replies: { type: number; id: number; errno: number }[] }> {
  await until(() => existsSync(join(b.run, 'monitor.sock')))
  const channel = connectMonitor(b.run)
  const replies: { type: number; id: number; errno: number }[] = []
  channel.onMessage(
    (data) =>
      replies.push({
        type: data.readUInt32LE(0),
        id: data.readUInt32LE(4),
        errno: data.length >= 16 ? Number(data.readBigInt64LE(8)) : 0,
      }),
    () => {},
  )
  return { channel, replies }
}

function message(type: number, id: number, rest = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(type, 0)
  header.writeUInt32LE(id, 4)
  return Buffer.concat([header, rest])
}

describe('a message', () => {
  it('of an unknown type, or too short for its fields, is refused', async () => {
    const b = bench({ argv })
    const { channel, replies } = await raw(b)
    channel.send(message(999, 1))
    channel.send(message(requestTable.stop.type, 2, Buffer.alloc(23)))
    channel.send(Buffer.from('abc'))
    await until(() => replies.length === 3)
    expect(replies).toEqual([
      { type: 130, id: 1, errno: 74 },
      { type: 130, id: 2, errno: 74 },
      { type: 130, id: 0, errno: 74 },
    ])
    channel.close()
  })

  it('of rubbish never harms, ten thousand times', async () => {
    const b = bench({ argv })
    await b.start()
    const before = readdirSync(`/proc/${b.pid}/fd`).length
    let seed = 12345
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return seed % below
    }
    // What ends a container, when by chance it is whole, is sent too short.
    const ends = [requestTable.stop.type, requestTable.signal.type]
    const nothing = openSync('/dev/null', 'r')
    let channel = (await raw(b)).channel
    let sent = 0
    while (sent < 10_000) {
      const type = random(10) === 0 ? random(2 ** 32) : random(20)
      const rest = Buffer.alloc(ends.includes(type) ? random(12) : random(10) === 0 ? random(5000) : random(64))
      for (let i = 0; i < rest.length; ++i) rest[i] = random(3) === 0 ? random(256) : random(2) * 255
      const ok = channel.send(
        random(20) === 0 ? Buffer.alloc(1 + random(7), 1) : message(type, random(2 ** 32), rest),
        random(8) === 0 ? Array(1 + random(16)).fill(nothing) : [],
      )
      if (ok) ++sent
      if (!ok || random(200) === 0) {
        await new Promise((resolve) => setImmediate(resolve))
        if (random(4) === 0) {
          channel.close()
          channel = (await raw(b)).channel
        }
      }
    }
    channel.close()
    closeSync(nothing)
    const state = expectReply(await b.owner.request('query', {}), 'state')
    expect(isRunning(state.fields.pid)).toBe(true)
    // Every descriptor that travelled has been closed.
    await until(() => readdirSync(`/proc/${b.pid}/fd`).length === before)
  })
})

describe('connections', () => {
  it('come by a socket for the owner alone', async () => {
    const b = bench({ argv })
    await b.connect()
    expect(statSync(join(b.run, 'monitor.sock')).mode & 0o777).toBe(0o600)
  })

  it('beyond the table are told so', async () => {
    const b = bench({ argv })
    for (let i = 0; i < 63; ++i) expectReply(await (await b.connect()).request('query', {}), 'state')
    const { channel, replies } = await raw(b)
    await until(() => replies.length === 1)
    expect(replies).toEqual([{ type: 130, id: 0, errno: 11 }])
    channel.close()
    b.clients.shift()!.close()
    await until(async () => {
      const client = MonitorClient.connect(b.run)
      const answered = await client.request('query', {}).catch(() => undefined)
      client.close()
      return answered?.name === 'state'
    })
  })

  it('that close in the middle of everything harm nothing', async () => {
    const b = bench({ argv })
    await b.start()
    for (let i = 0; i < 200; ++i) {
      const client = await b.connect()
      client.post('query', {})
      client.post('attach', { stdin: 1, stdout: 1, stderr: 1, wait: 0 })
      client.post('watch', {})
      client.close()
    }
    expectReply(await b.owner.request('query', {}), 'state')
  })

  it('may watch', async () => {
    const b = bench({ argv })
    const client = await b.connect()
    const names: string[] = []
    client.onNews((news) => names.push(news.name))
    expectReply(await client.request('watch', {}), 'done')
    await b.start()
    expectReply(await b.owner.request('stop', { signal: 9, graceMs: 0, restart: 0 }), 'done')
    await b.end()
    await until(() => names.length === 3)
    expect(names).toEqual(['started', 'exited', 'gone'])
  })

  it('get the root mount when there is one', async () => {
    const b = bench({
      argv,
      setup: (writer) =>
        writer.emit('setup', 'open', { slot: 4, at: -1, path: '/usr', flags: 0o10000000, resolve: 0, mode: 0 }),
    })
    expect(expectReply(await b.owner.request('rootDescriptor', {}), 'refused').fields.errno).toBe(2)
    await b.start()
    const done = expectReply(await b.owner.request('rootDescriptor', {}), 'done')
    expect(readdirSync(`/proc/self/fd/${done.descriptors[0]}`)).toContain('bin')
    closeSync(done.descriptors[0]!)
  })
})

describe('a program', () => {
  it.each([Buffer.alloc(0), Buffer.alloc(100, 7)])('that is none ends the monitor', async (bytes) => {
    const { pid, channel } = spawnMonitor(bytes, [])
    const client = new MonitorClient(channel)
    const names: string[] = []
    client.onNews((news) => names.push(news.name))
    await until(() => !isRunning(pid))
    await until(() => client.isClosed)
    expect(names).toEqual(['failed'])
  })
})
