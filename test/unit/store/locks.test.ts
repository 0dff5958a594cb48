import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isLocked, lockDirectory, tryLockDirectory, withDirectoryLockSync } from '../../../lib/store/index.js'
import { scratch } from './scratch.js'

const descriptors = () => readdirSync('/proc/self/fd').length

test('one holds it, others see that, and it can be had again', () => {
  using directory = scratch()
  expect(isLocked(directory.path)).toBe(false)
  const lock = tryLockDirectory(directory.path)!
  expect(tryLockDirectory(directory.path)).toBeNull()
  expect(isLocked(directory.path)).toBe(true)
  lock.release()
  lock.release()
  expect(isLocked(directory.path)).toBe(false)
  expect(isLocked(`${directory.path}/missing`)).toBe(false)
})

test('waiters of one process get it in their order', async () => {
  using directory = scratch()
  const before = descriptors()
  const order: number[] = []
  const first = await lockDirectory(directory.path)
  const waiters = [1, 2, 3].map(async (number) => {
    using _ = await lockDirectory(directory.path)
    order.push(number)
    expect(isLocked(directory.path)).toBe(true)
  })
  first.release()
  await Promise.all(waiters)
  expect(order).toEqual([1, 2, 3])
  expect(descriptors()).toBe(before)
})

test('a wait can be given up without spoiling it for the others', async () => {
  using directory = scratch()
  const lock = await lockDirectory(directory.path)
  const controller = new AbortController()
  const given = lockDirectory(directory.path, { signal: controller.signal })
  const patient = lockDirectory(directory.path)
  controller.abort()
  await expect(given).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  lock.release()
  const late = await patient
  late.release()
})

test('the lock of another process is seen, and ends with that process', async () => {
  using directory = scratch()
  const holder = spawn('flock', ['--no-fork', directory.path, 'sh', '-c', 'echo ready; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(holder.stdout, 'data')
  expect(isLocked(directory.path)).toBe(true)
  expect(tryLockDirectory(directory.path)).toBeNull()
  const waiting = lockDirectory(directory.path)
  const exited = once(holder, 'exit')
  holder.kill('SIGKILL')
  await exited
  const lock = await waiting
  lock.release()
})

test('a directory that is gone has no lock to give, one that was exchanged gives its own', () => {
  using directory = scratch()
  expect(() => tryLockDirectory(`${directory.path}/missing`)).toThrow(expect.objectContaining({ code: 'ERR_IO', errno: 2 }))
  mkdirSync(`${directory.path}/a`)
  const old = tryLockDirectory(`${directory.path}/a`)!
  renameSync(`${directory.path}/a`, `${directory.path}/b`)
  mkdirSync(`${directory.path}/a`)
  expect(isLocked(`${directory.path}/a`)).toBe(false)
  expect(isLocked(`${directory.path}/b`)).toBe(true)
  old.release()
  rmdirSync(`${directory.path}/b`)
})

test('a lock for something short is let go in any case', () => {
  using directory = scratch()
  const before = descriptors()
  expect(withDirectoryLockSync(directory.path, () => isLocked(directory.path))).toBe(true)
  expect(() => withDirectoryLockSync(directory.path, () => { throw new Error('x') })).toThrow('x')
  expect(isLocked(directory.path)).toBe(false)
  expect(descriptors()).toBe(before)
})
