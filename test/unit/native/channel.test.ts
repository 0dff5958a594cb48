import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { Channel, closeDescriptor, memfd, pipe, socketPair } from '../../../lib/native/index.js'
import { held, until } from './fixtures/process.js'

interface End {
  channel: Channel
  messages: string[]
  descriptors: number[]
  closed: (Error | undefined)[]
  writable: number
}

const open: Channel[] = []
afterEach(() => {
  for (const channel of open.splice(0)) channel.close()
})

/** Both ends of a connection, each with what it has received. */
function connected(): [End, End] {
  return socketPair().map((fd) => {
    const end: End = { channel: new Channel(fd), messages: [], descriptors: [], closed: [], writable: 0 }
    open.push(end.channel)
    return end
  }) as [End, End]
}

function listen(end: End): End {
  end.channel.onMessage(
    (data, descriptors) => {
      end.messages.push(data.toString())
      end.descriptors.push(...descriptors)
    },
    (error) => end.closed.push(error),
    () => end.writable++,
  )
  return end
}

describe('messages', () => {
  it('travel both ways, whole and in order', async () => {
    const [a, b] = connected()
    listen(a)
    listen(b)
    for (const text of ['one', 'two', 'three']) a.channel.send(Buffer.from(text))
    b.channel.send(new Uint8Array([0x79, 0x6f]))
    await until(() => b.messages.length === 3 && a.messages.length === 1)
    expect(b.messages).toEqual(['one', 'two', 'three'])
    expect(a.messages).toEqual(['yo'])
  })

  it('may have 256 KiB, also when sent from within a larger buffer', async () => {
    const much = Buffer.alloc(300 * 1024, 'x')
    const [a, b] = connected()
    const sizes: number[] = []
    b.channel.onMessage(
      (data) => sizes.push(data.length),
      () => {},
    )
    a.channel.send(much.subarray(1, 1 + 200 * 1024))
    await until(() => sizes.length === 1)
    expect(sizes).toEqual([200 * 1024])
    expect(a.channel.send(much.subarray(0, 256 * 1024))).toBe(true)
    await until(() => sizes.length === 2)
    expect(sizes[1]).toBe(256 * 1024)
  })

  it('wait in the socket while the reader is paused', async () => {
    const [a, b] = connected()
    listen(b)
    b.channel.pause()
    a.channel.send(Buffer.from('early'))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(b.messages).toEqual([])
    b.channel.resume()
    await until(() => b.messages.length === 1)
  })

  it('stop at a pause in the middle of many', async () => {
    const [a, b] = connected()
    const seen: string[] = []
    b.channel.onMessage(
      (data) => {
        seen.push(data.toString())
        b.channel.pause()
      },
      () => {},
    )
    a.channel.send(Buffer.from('1'))
    a.channel.send(Buffer.from('2'))
    await until(() => seen.length === 1)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(seen).toEqual(['1'])
    b.channel.resume()
    await until(() => seen.length === 2)
  })

  it('are not taken when the socket is full, and there is a word when it has room', async () => {
    const [a, b] = connected()
    listen(a)
    const chunk = Buffer.alloc(32 * 1024)
    let sent = 0
    while (a.channel.send(chunk)) sent++
    expect(sent).toBeGreaterThan(1)
    expect(a.writable).toBe(0)
    listen(b)
    await until(() => a.writable === 1)
    expect(a.channel.send(chunk)).toBe(true)
    await until(() => b.messages.length === sent + 1)
  })

  it('cannot be empty', () => {
    const [a] = connected()
    expect(() => a.channel.send(new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'sendmsg' }),
    )
  })
})

describe('descriptors', () => {
  it('travel both ways and work at the other end', async () => {
    const [a, b] = connected()
    listen(a)
    listen(b)
    const [read, write] = pipe()
    const file = memfd('passed', Buffer.from('content'))
    a.channel.send(Buffer.from('pipe'), [write])
    b.channel.send(Buffer.from('file'), [file])
    for (const fd of [write, file]) closeSync(fd)
    await until(() => a.descriptors.length === 1 && b.descriptors.length === 1)
    writeSync(b.descriptors[0]!, 'through')
    const buffer = Buffer.alloc(16)
    expect(buffer.toString('utf8', 0, readSync(read, buffer))).toBe('through')
    expect(readSync(a.descriptors[0]!, buffer, 0, 16, 0)).toBe(7)
    for (const fd of [read, ...a.descriptors, ...b.descriptors]) closeSync(fd)
  })

  it('are close-on-exec on arrival', async () => {
    const [a, b] = connected()
    listen(b)
    const [read, write] = pipe()
    a.channel.send(Buffer.from('x'), [read, write])
    await until(() => b.descriptors.length === 2)
    for (const fd of b.descriptors)
      expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/flags:\s0[2-7]\d{6}/)
    for (const fd of [read, write, ...b.descriptors]) closeSync(fd)
  })

  it('are at most 16 a message', async () => {
    const [a, b] = connected()
    listen(b)
    const fd = openSync('/dev/null', 'r')
    a.channel.send(Buffer.from('x'), Array(16).fill(fd))
    expect(() => a.channel.send(Buffer.from('x'), Array(17).fill(fd))).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    )
    await until(() => b.descriptors.length === 16)
    for (const each of [fd, ...b.descriptors]) closeSync(each)
  })

  it('that are not open are refused', () => {
    const [a] = connected()
    expect(() => a.channel.send(Buffer.from('x'), [9999])).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })
})

describe('the end', () => {
  it('of the peer is told once, after its last messages', async () => {
    const [a, b] = connected()
    a.channel.send(Buffer.from('last'))
    a.channel.close()
    listen(b)
    await until(() => b.closed.length === 1)
    expect(b.messages).toEqual(['last'])
    expect(b.closed).toEqual([undefined])
  })

  it('loses no message when the peer leaves ours unread', async () => {
    // The kernel then reports ECONNRESET before what the peer has sent.
    const [a, b] = connected()
    listen(b)
    b.channel.send(Buffer.from('never read'))
    a.channel.send(Buffer.from('exited'))
    a.channel.send(Buffer.from('gone'))
    a.channel.close()
    await until(() => b.closed.length === 1)
    expect(b.messages).toEqual(['exited', 'gone'])
    expect(b.closed).toEqual([undefined])
  })

  it('is not told after close(), which may be called again, and in a listener', async () => {
    const [a, b] = connected()
    const seen: string[] = []
    b.channel.onMessage(
      (data) => {
        seen.push(data.toString())
        b.channel.close()
        b.channel.close()
      },
      () => seen.push('closed'),
    )
    a.channel.send(Buffer.from('one'))
    a.channel.send(Buffer.from('two'))
    listen(a)
    await until(() => a.closed.length === 1)
    expect(seen).toEqual(['one'])
  })

  it('makes send() fail', async () => {
    const [a, b] = connected()
    a.channel.close()
    expect(() => a.channel.send(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'EPIPE' }))
    expect(() => b.channel.send(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'EPIPE', errno: 32 }))
    expect(() => listen(a)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  it('leaves no descriptor', async () => {
    const before = held()
    for (let i = 0; i < 50; i++) {
      const [a, b] = connected()
      listen(b)
      const file = memfd('passed', Buffer.from('x'))
      a.channel.send(Buffer.from('x'), [file, file])
      closeDescriptor(file)
      await until(() => b.descriptors.length === 2)
      b.descriptors.forEach(closeDescriptor)
      a.channel.close()
      await until(() => b.closed.length === 1)
    }
    expect(held()).toEqual(before)
  })
})

describe('a Channel', () => {
  it('takes only sockets of messages, and leaves what it refuses open', () => {
    const [read, write] = pipe()
    expect(() => new Channel(read)).toThrow(expect.objectContaining({ code: 'ENOTSOCK', syscall: 'getsockopt' }))
    expect(() => new Channel(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    closeSync(read)
    closeSync(write)
  })
})
