import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PipeReader, pipe } from '../../../lib/native/index.js'
import { held, until } from './fixtures/process.js'

interface Reading {
  reader: PipeReader
  chunks: Buffer[]
  ends: (Error | undefined)[]
}

function read(fd: number): Reading {
  const reading = { chunks: [] as Buffer[], ends: [] as (Error | undefined)[] }
  const reader = new PipeReader(fd, (chunk, error) => (chunk ? reading.chunks.push(chunk) : reading.ends.push(error)))
  return { reader, ...reading }
}

const text = (reading: Reading) => Buffer.concat(reading.chunks).toString()
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('PipeReader', () => {
  it('gives what is written, and the end', async () => {
    const [from, to] = pipe()
    const reading = read(from)
    writeSync(to, 'one')
    await until(() => text(reading) === 'one')
    writeSync(to, 'two')
    closeSync(to)
    await until(() => reading.ends.length === 1)
    expect(text(reading)).toBe('onetwo')
    expect(reading.ends).toEqual([undefined])
  })

  it('gives an end without a byte', async () => {
    const [from, to] = pipe()
    closeSync(to)
    const reading = read(from)
    await until(() => reading.ends.length === 1)
    expect(reading.chunks).toEqual([])
  })

  it('carries megabytes unharmed, in pieces of at most 64 KiB that are as large as what they hold', async () => {
    const [from, to] = pipe()
    const reading = read(from)
    const child = spawn(
      'sh',
      ['-c', 'i=0; while [ $i -lt 40 ]; do head -c 100000 /dev/zero | tr "\\0" "x"; i=$((i+1)); done'],
      { stdio: ['ignore', to, 'inherit'] },
    )
    closeSync(to)
    await until(() => reading.ends.length === 1)
    const total = reading.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    expect(total).toBe(4_000_000)
    expect(Math.max(...reading.chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(65536)
    expect(reading.chunks.every((chunk) => chunk.every((byte) => byte === 0x78))).toBe(true)
    expect(child.pid).toBeGreaterThan(0)
  })

  it('leaves the writer waiting while it is paused', async () => {
    const [from, to] = pipe()
    const reading = read(from)
    reading.reader.pause()
    writeSync(to, 'x')
    await turn()
    expect(reading.chunks).toEqual([])
    reading.reader.resume()
    await until(() => text(reading) === 'x')
    closeSync(to)
    await until(() => reading.ends.length === 1)
  })

  it('can be paused by its listener in the middle of much', async () => {
    const [from, to] = pipe()
    let calls = 0
    const reader = new PipeReader(from, (chunk) => {
      calls++
      if (chunk) reader.pause()
    })
    writeSync(to, Buffer.alloc(65536))
    await until(() => calls === 1)
    writeSync(to, Buffer.alloc(65536))
    await turn()
    expect(calls).toBe(1)
    reader.resume()
    await until(() => calls === 2)
    reader.close()
    closeSync(to)
  })

  it('is quiet after close(), also from the listener', async () => {
    const [from, to] = pipe()
    let calls = 0
    const reader = new PipeReader(from, () => {
      calls++
      reader.close()
      reader.close()
    })
    writeSync(to, Buffer.alloc(65536))
    await until(() => calls === 1)
    expect(() => writeSync(to, 'x')).toThrow('EPIPE')
    closeSync(to)
    await turn()
    expect(calls).toBe(1)
    reader.pause()
    reader.resume()
    reader.ref()
    reader.unref()
  })

  it('leaves the other end of the pipe blocking', async () => {
    const [from, to] = pipe()
    const { reader } = read(from)
    expect(readFileSync(`/proc/self/fdinfo/${to}`, 'utf8')).toMatch(/flags:\s02000001/)
    expect(readFileSync(`/proc/self/fdinfo/${from}`, 'utf8')).toMatch(/flags:\s02004000/)
    reader.close()
    closeSync(to)
  })

  it('takes the EIO of a terminal without a slave as its end', async () => {
    const master = openSync('/dev/ptmx', 'r+')
    // Opening a slave and closing it: the master then says EIO.
    const child = spawn(
      'python3',
      [
        '-c',
        'import fcntl,os,sys\nfcntl.ioctl(3,0x40045431,b"\\0"*4)\nfd=fcntl.ioctl(3,0x5441,os.O_RDWR|os.O_NOCTTY)\nos.write(fd,b"hi")\nos.close(fd)',
      ],
      { stdio: ['ignore', 'ignore', 'inherit', master] },
    )
    await new Promise((resolve) => child.on('exit', resolve))
    const reading = read(master)
    await until(() => reading.ends.length === 1)
    expect(text(reading)).toBe('hi')
    expect(reading.ends).toEqual([undefined])
  })

  it('hands over an error of the read', async () => {
    const directory = openSync('/proc/self/timerslack_ns', 'r')
    expect(() => read(directory)).toThrow(expect.objectContaining({ code: 'EPERM', syscall: 'uv_poll_init' }))
    closeSync(directory)
    expect(() => read(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  it('leaves no descriptor, whether closed or read to the end', async () => {
    const before = held()
    for (let i = 0; i < 50; i++) {
      const [from, to] = pipe()
      const reading = read(from)
      if (i % 2) reading.reader.close()
      closeSync(to)
      if (i % 2 === 0) await until(() => reading.ends.length === 1)
    }
    expect(held()).toEqual(before)
  })
})
