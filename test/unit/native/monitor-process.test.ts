import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { closeDescriptor, connectMonitor, pipe } from '../../../lib/native/index.js'
import { spawnExecutable } from '../../../lib/native/monitor-process.js'
import { useDirectory } from './fixtures/directory.js'
import { held, until, zombies } from './fixtures/process.js'
import { compileStandIn, listenIn } from './fixtures/stand-in.js'

const standIn = compileStandIn()
const directory = useDirectory()
// Whatever a test did with its monitors, they are reaped when the event loop turns.
afterEach(() => until(() => zombies() === 0))

function start(order: string, descriptors: number[] = []) {
  return spawnExecutable(standIn, Buffer.from(order), descriptors)
}

/** What a stand-in says about how it was started. */
function report(descriptors: number[] = []): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const { channel } = start('report', descriptors)
    channel.onMessage((data) => {
      const lines = data.toString().trimEnd().split('\n')
      resolve(new Map(lines.map((line) => /^(fd \d+|\w+):?\s(.*)$/.exec(line)!.slice(1) as [string, string])))
    }, reject)
  })
}

describe('spawnMonitor', () => {
  it('gives the monitor its name, the number of slots, no environment, and /', async () => {
    const facts = await report([-1, -1, -1])
    expect(facts.get('argv')).toBe('gantry-monitor 3')
    expect(facts.get('environment')).toBe('0')
    expect(facts.get('cwd')).toBe('/')
  })

  it('passes exactly /dev/null three times, the channel, the program and the slots', async () => {
    const other = openSync(standIn, 'r')
    const [read, write] = pipe()
    const facts = await report([write, -1, read, -1, other])
    for (const fd of [other, read, write]) closeSync(fd)
    const numbers = [...facts.keys()].filter((key) => key.startsWith('fd '))
    expect(numbers).toEqual(['fd 0', 'fd 1', 'fd 2', 'fd 3', 'fd 4', 'fd 5', 'fd 7', 'fd 9'])
    for (const fd of [0, 1, 2]) expect(facts.get(`fd ${fd}`)).toBe('/dev/null')
    expect(facts.get('fd 3')).toMatch(/^socket:/)
    expect(facts.get('fd 4')).toMatch(/^\/memfd:gantry-program/)
    expect(facts.get('fd 5')).toMatch(/^pipe:/)
    expect(facts.get('fd 7')).toBe(facts.get('fd 5'))
    expect(facts.get('fd 9')).toBe(standIn)
  })

  it('moves descriptors that lie in the range of the targets without losing one', async () => {
    const pipes = Array.from({ length: 30 }, () => pipe())
    // Reversed, so that the first targets are sources of later slots.
    const descriptors = pipes.flat().reverse()
    expect([...descriptors.keys()].some((index) => descriptors.indexOf(index + 5) > index)).toBe(true)
    const wanted = descriptors.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))
    const facts = await report(descriptors)
    descriptors.forEach(closeDescriptor)
    expect(descriptors.map((_, index) => facts.get(`fd ${index + 5}`))).toEqual(wanted)
  })

  it('blocks every signal and ignores none, although Node ignores SIGPIPE', async () => {
    const facts = await report()
    // All but SIGKILL and SIGSTOP, which cannot be blocked.
    expect(facts.get('SigBlk')).toBe('fffffffffffbfeff')
    expect(facts.get('SigIgn')).toBe('0000000000000000')
  })

  it('executes a sealed copy in memory', async () => {
    const facts = await report()
    expect(facts.get('exe')).toMatch(/^\/memfd:gantry-monitor/)
    expect(facts.get('writable')).toBe('0')
  })

  it('keeps running from its copy when the file is changed', async () => {
    const copy = join(directory.path, 'monitor')
    execFileSync('cp', [standIn, copy])
    const first = spawnExecutable(copy, Buffer.from('exit'), [])
    rmSync(copy)
    const second = spawnExecutable(copy, Buffer.from('exit'), [])
    expect(second.pid).not.toBe(first.pid)
    first.channel.close()
    second.channel.close()
  })

  it('reports a program that cannot be executed', () => {
    const text = join(directory.path, 'text')
    writeFileSync(text, 'not a program')
    const before = held()
    expect(() => spawnExecutable(text, Buffer.from('exit'), [])).toThrow(
      expect.objectContaining({ code: 'ENOEXEC', errno: 8, syscall: 'execveat', path: text }),
    )
    expect(held().filter((link) => !link.includes('memfd'))).toEqual(before.filter((link) => !link.includes('memfd')))
  })

  it('reports a missing program and a bad descriptor', () => {
    expect(() => spawnExecutable('/no/such/monitor', Buffer.from('exit'), [])).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'open', path: '/no/such/monitor' }),
    )
    expect(() => start('exit', [9999])).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }))
  })

  it('leaves no zombie and no descriptor after 200 monitors', async () => {
    start('exit').channel.close()
    await until(() => !held().some((link) => link.includes('pidfd')))
    const before = held()
    const started = Array.from({ length: 200 }, (_, index) => start(index % 2 ? 'exit' : 'wait'))
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(200)
    for (const { channel } of started) channel.close()
    await until(() => !held().some((link) => link.includes('pidfd')))
    expect(zombies()).toBe(0)
    expect(held()).toEqual(before)
    for (const { pid } of started) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('does not reap the children of others', () => {
    start('exit').channel.close()
    expect(execFileSync('sh', ['-c', 'exit 0; true']).toString()).toBe('')
    expect(() => execFileSync('sh', ['-c', 'exit 3'])).toThrow(expect.objectContaining({ status: 3 }))
  })
})

describe('connectMonitor', () => {
  it('says that there is no such directory, no socket, or nobody who listens', () => {
    expect(() => connectMonitor(join(directory.path, 'none'))).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'open' }),
    )
    expect(() => connectMonitor(directory.path)).toThrow(
      expect.objectContaining({ code: 'ENOENT', errno: 2, syscall: 'connect' }),
    )
  })

  it('refuses a socket of another kind', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(directory.path, 'monitor.sock'), resolve))
    expect(() => connectMonitor(directory.path)).toThrow(
      expect.objectContaining({ code: 'EPROTOTYPE', syscall: 'connect' }),
    )
    await new Promise((resolve) => server.close(resolve))
  })

  it('reaches a socket whose path is longer than a socket address', async () => {
    const deep = join(directory.path, 'd'.repeat(100), 'e'.repeat(100))
    mkdirSync(deep, { recursive: true })
    const listener = await listenIn(deep, standIn, 'listen')
    const channel = connectMonitor(deep)
    const answer = await new Promise<string>((resolve, reject) => {
      channel.onMessage((data) => resolve(data.toString()), reject)
      channel.send(Buffer.from('it is me'))
    })
    channel.close()
    expect(answer).toBe('hello to you, it is me')
    await once(listener, 'exit')
  })

  it('does not wait for a monitor that does not accept', async () => {
    const listener = await listenIn(directory.path, standIn, 'never-accept')
    const first = connectMonitor(directory.path)
    expect(() => connectMonitor(directory.path)).toThrow(
      expect.objectContaining({ code: 'EAGAIN', syscall: 'connect' }),
    )
    first.close()
    listener.kill()
    await once(listener, 'exit')
    expect(() => connectMonitor(directory.path)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED', errno: 111 }))
  })
})
