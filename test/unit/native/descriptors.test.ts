import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  closeDescriptor,
  copyRange,
  duplicateDescriptor,
  memfd,
  peerCredentials,
  pidfdOpen,
  pidfdSignal,
  pipe,
  socketPair,
  syncFilesystem,
} from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'

const directory = useDirectory()
const isCloseOnExec = (fd: number) => /flags:\s02\d{6}/.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))

describe('descriptors', () => {
  it('are made close-on-exec, and closed once', () => {
    const made = [...pipe(), ...socketPair(), memfd('x', Buffer.from('x'))]
    made.push(duplicateDescriptor(made[0]!))
    expect(made.filter(isCloseOnExec)).toEqual(made)
    made.forEach(closeDescriptor)
    for (const fd of made)
      expect(() => closeDescriptor(fd)).toThrow(expect.objectContaining({ code: 'EBADF', errno: 9, syscall: 'close' }))
    expect(() => duplicateDescriptor(-1)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }))
  })

  it('of memory start at the first byte', () => {
    const bytes = new Uint8Array()
    const fd = memfd('some name', Buffer.from('content'))
    const buffer = Buffer.alloc(16)
    expect(buffer.toString('utf8', 0, readSync(fd, buffer))).toBe('content')
    closeDescriptor(fd)
    const empty = memfd('empty', bytes)
    expect(readSync(empty, buffer)).toBe(0)
    closeDescriptor(empty)
    expect(() => memfd('n'.repeat(300), bytes)).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'memfd_create' }),
    )
  })
})

describe('copyRange', () => {
  const source = () => join(directory.path, 'from')

  it('copies up to the end of the file, or as much as is asked', () => {
    const content = Buffer.alloc(1_000_000, 'abcdefg')
    writeFileSync(source(), content)
    const from = openSync(source(), 'r')
    const to = openSync(join(directory.path, 'to'), 'w+')
    expect(copyRange(from, to, 300_000)).toBe(300_000)
    expect(copyRange(from, to, 2 ** 40)).toBe(700_000)
    expect(copyRange(from, to, 10)).toBe(0)
    expect(readFileSync(join(directory.path, 'to')).equals(content)).toBe(true)
    for (const fd of [from, to]) closeSync(fd)
  })

  it('copies between file systems, into a pipe, and from a file that does not know its size', () => {
    writeFileSync(source(), 'over the border')
    const from = openSync(source(), 'r')
    const memory = memfd('to', new Uint8Array())
    expect(copyRange(from, memory, 100)).toBe(15)
    const proc = openSync('/proc/self/comm', 'r')
    const [read, write] = pipe()
    const size = copyRange(proc, write, 100)
    const buffer = Buffer.alloc(100)
    expect(buffer.toString('utf8', 0, readSync(read, buffer))).toBe(readFileSync('/proc/self/comm', 'utf8'))
    expect(size).toBeGreaterThan(0)
    for (const fd of [from, memory, proc, read, write]) closeSync(fd)
  })

  it('reports what cannot be copied', () => {
    writeFileSync(source(), 'x')
    const from = openSync(source(), 'r')
    expect(() => copyRange(from, from, 10)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => copyRange(-1, from, 10)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    closeSync(from)
  })
})

describe('syncFilesystem', () => {
  it('leaves the event loop free, and the descriptor to its owner', async () => {
    const fd = openSync(directory.path, 'r')
    const order: string[] = []
    const synced = syncFilesystem(fd).then(() => order.push('synced'))
    closeSync(fd)
    order.push('returned')
    await synced
    expect(order).toEqual(['returned', 'synced'])
  })

  it('reports a descriptor that is none, and one that has no file system to write', async () => {
    await expect(syncFilesystem(-1)).rejects.toMatchObject({ code: 'EBADF', syscall: 'fcntl' })
    const fd = openSync('/', 0o10000000) // O_PATH
    await expect(syncFilesystem(fd)).rejects.toMatchObject({ code: 'EBADF', errno: 9, syscall: 'syncfs' })
    closeSync(fd)
  })
})

describe('processes', () => {
  it('are signalled through a pidfd, and only while they are there', async () => {
    const child = spawn('sleep', ['60'])
    const pidfd = pidfdOpen(child.pid!)
    expect(isCloseOnExec(pidfd)).toBe(true)
    pidfdSignal(pidfd, 0)
    pidfdSignal(pidfd, 15)
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGTERM')
    expect(() => pidfdSignal(pidfd, 0)).toThrow(
      expect.objectContaining({ code: 'ESRCH', errno: 3, syscall: 'pidfd_send_signal' }),
    )
    expect(() => pidfdOpen(child.pid!)).toThrow(expect.objectContaining({ code: 'ESRCH', syscall: 'pidfd_open' }))
    closeDescriptor(pidfd)
  })

  it('are known at the other end of a socket', () => {
    const [a, b] = socketPair()
    expect(peerCredentials(a)).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })
    const [read, write] = pipe()
    expect(() => peerCredentials(read)).toThrow(expect.objectContaining({ code: 'ENOTSOCK', syscall: 'getsockopt' }))
    for (const fd of [a, b, read, write]) closeSync(fd)
  })
})
