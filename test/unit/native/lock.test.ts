import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flock, flockAsync } from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'

const directory = useDirectory()

/** Another process that holds the lock of the directory until its stdin closes. */
async function holder(kind: '-x' | '-s'): Promise<ChildProcess> {
  const child = spawn('flock', [kind, directory.path, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  return child
}

async function release(child: ChildProcess): Promise<void> {
  child.stdin!.end()
  await once(child, 'exit')
}

describe('flock', () => {
  it('excludes another process', async () => {
    const child = await holder('-x')
    expect(flock(directory.fd, 'exclusive', false)).toBe(false)
    expect(flock(directory.fd, 'shared', false)).toBe(false)
    await release(child)
    expect(flock(directory.fd, 'exclusive', false)).toBe(true)
    expect(flock(directory.fd, 'unlock', false)).toBe(true)
  })

  it('shares with a reader', async () => {
    const child = await holder('-s')
    expect(flock(directory.fd, 'shared', true)).toBe(true)
    expect(flock(directory.fd, 'exclusive', false)).toBe(false)
    await release(child)
  })

  it('goes with the open file, not with the process', () => {
    const other = openSync(directory.path, 'r')
    expect(flock(directory.fd, 'exclusive', true)).toBe(true)
    expect(flock(other, 'exclusive', false)).toBe(false)
    flock(directory.fd, 'unlock', false)
    expect(flock(other, 'exclusive', false)).toBe(true)
    closeSync(other)
    expect(flock(directory.fd, 'exclusive', false)).toBe(true)
  })

  it('refuses a closed descriptor', () => {
    expect(() => flock(9999, 'shared', false)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'flock' }))
  })
})

describe('flockAsync', () => {
  it('waits until another process lets go', async () => {
    const child = await holder('-x')
    let had = false
    const lock = flockAsync(directory.fd, 'exclusive').then(() => {
      had = true
    })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(had).toBe(false)
    await release(child)
    await lock
    const other = openSync(directory.path, 'r')
    expect(flock(other, 'shared', false)).toBe(false)
    closeSync(other)
  })

  it('can be given up', async () => {
    const child = await holder('-x')
    const controller = new AbortController()
    const lock = flockAsync(directory.fd, 'exclusive', controller.signal)
    controller.abort()
    await expect(lock).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    await release(child)
  })

  it('lets many waiters of one process have it in turn', async () => {
    let inside = 0
    const work = Array.from({ length: 20 }, async () => {
      const fd = openSync(directory.path, 'r')
      await flockAsync(fd, 'exclusive')
      expect(++inside).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      closeSync(fd)
    })
    await Promise.all(work)
  })
})
