import { closeSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { chmodAt, chownAt, Open, openIn, statAt, tryStatAt, utimesAt } from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'

const directory = useDirectory()
beforeEach(() => {
  writeFileSync(join(directory.path, 'file'), 'twelve bytes', { mode: 0o640 })
  symlinkSync('file', join(directory.path, 'link'))
})

describe('statAt', () => {
  it("says what Node's stat says", () => {
    const ours = statAt(directory.fd, 'file')
    const node = statSync(join(directory.path, 'file'), { bigint: true })
    for (const key of ['mode', 'uid', 'gid', 'size', 'dev', 'rdev', 'nlink', 'blocks'] as const)
      expect(ours[key]).toBe(Number(node[key]))
    for (const key of ['ino', 'atimeNs', 'mtimeNs', 'ctimeNs', 'birthtimeNs'] as const)
      expect(ours[key]).toBe(node[key])
  })

  it('follows a link only when told to', () => {
    expect(statAt(directory.fd, 'link').mode & 0o170000).toBe(0o120000)
    expect(statAt(directory.fd, 'link', true).size).toBe(12)
  })

  it('takes an empty name for the held file', () => {
    const fd = openIn(directory.fd, 'file', Open.PATH)
    expect(statAt(fd, '')).toEqual(statAt(directory.fd, 'file'))
    closeSync(fd)
  })

  it('throws for a missing file, tryStatAt gives null, and both throw for the rest', () => {
    expect(() => statAt(directory.fd, 'none')).toThrow(
      expect.objectContaining({ code: 'ENOENT', errno: 2, syscall: 'statx', path: 'none' }),
    )
    expect(tryStatAt(directory.fd, 'none')).toBeNull()
    expect(tryStatAt(directory.fd, 'file/below')).toBeNull()
    expect(() => tryStatAt(9999, 'x')).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => tryStatAt(directory.fd, 'n'.repeat(300))).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }))
  })
})

describe('chownAt', () => {
  it('changes the link, not its target', () => {
    chownAt(directory.fd, 'link', 100_000, 200_000)
    expect(lstatSync(join(directory.path, 'link'))).toMatchObject({ uid: 100_000, gid: 200_000 })
    expect(lstatSync(join(directory.path, 'file'))).toMatchObject({ uid: process.getuid!() })
  })

  it('takes ids of the whole range, and leaves one alone', () => {
    chownAt(directory.fd, 'file', 0xfffffffe, 0xffffffff)
    expect(statAt(directory.fd, 'file')).toMatchObject({ uid: 0xfffffffe, gid: process.getgid!() })
  })
})

describe('chmodAt', () => {
  it('changes the permissions, also of what is only held', () => {
    chmodAt(directory.fd, 'file', 0o4755)
    expect(statAt(directory.fd, 'file').mode & 0o7777).toBe(0o4755)
    const fd = openIn(directory.fd, 'file', Open.PATH)
    chmodAt(fd, '', 0o600)
    closeSync(fd)
    expect(statAt(directory.fd, 'file').mode & 0o7777).toBe(0o600)
  })

  it('refuses a link and leaves its target alone', () => {
    expect(() => chmodAt(directory.fd, 'link', 0o777)).toThrow(expect.objectContaining({ code: 'EOPNOTSUPP' }))
    expect(statAt(directory.fd, 'file').mode & 0o7777).toBe(0o640)
  })
})

describe('utimesAt', () => {
  it('sets nanoseconds, before the epoch too, of the link itself', () => {
    const target = statAt(directory.fd, 'file').mtimeNs
    utimesAt(directory.fd, 'link', 1_234_567_890_123_456_789n, 1n)
    expect(statAt(directory.fd, 'link')).toMatchObject({ atimeNs: 1_234_567_890_123_456_789n, mtimeNs: 1n })
    expect(statAt(directory.fd, 'file').mtimeNs).toBe(target)
    utimesAt(directory.fd, 'file', 0n, -1_500_000_001n)
    expect(statAt(directory.fd, 'file')).toMatchObject({ atimeNs: 0n, mtimeNs: -1_500_000_001n })
  })

  it('reports what cannot be', () => {
    mkdirSync(join(directory.path, 'd'))
    expect(() => utimesAt(directory.fd, 'd/none', 0n, 0n)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'utimensat' }),
    )
  })
})
