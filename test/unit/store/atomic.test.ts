import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { writeAtomic } from '../../../lib/store/index.js'
import { scratch } from './scratch.js'

test('a file is replaced as a whole and is its owner\'s', () => {
  using directory = scratch()
  const path = `${directory.path}/state.json`
  writeAtomic(path, 'one')
  writeAtomic(path, Buffer.from('two'), { durable: true, mode: 0o640 })
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(statSync(path).mode & 0o777).toBe(0o640)
  expect(readdirSync(directory.path)).toEqual(['state.json'])
})

test('a failure leaves nothing behind', () => {
  using directory = scratch()
  mkdirSync(`${directory.path}/taken`)
  writeFileSync(`${directory.path}/taken/file`, '')
  expect(() => writeAtomic(`${directory.path}/taken`, 'x')).toThrow(expect.objectContaining({ code: 'ERR_IO' }))
  expect(() => writeAtomic(`${directory.path}/missing/file`, 'x')).toThrow(expect.objectContaining({ code: 'ERR_IO', errno: 2 }))
  expect(readdirSync(directory.path)).toEqual(['taken'])
})

test('a full disk keeps the old content and says so', () => {
  using directory = scratch()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory.path])
  try {
    const path = `${directory.path}/state.json`
    writeAtomic(path, 'old')
    expect(() => writeAtomic(path, Buffer.alloc(1024 * 1024))).toThrow(expect.objectContaining({ code: 'ERR_DISK_FULL', errno: 28, hint: expect.stringContaining('GANTRY_ROOT') }))
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(directory.path)).toEqual(['state.json'])
  } finally {
    execFileSync('umount', [directory.path])
  }
})
