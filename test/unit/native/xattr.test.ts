import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  getXattr,
  getXattrAt,
  listXattr,
  listXattrAt,
  Open,
  openIn,
  removeXattr,
  removeXattrAt,
  setXattr,
  setXattrAt,
} from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'

const directory = useDirectory()
let path: string
beforeEach(() => {
  path = join(directory.path, 'file')
  writeFileSync(path, '')
  symlinkSync('file', join(directory.path, 'link'))
})

describe('extended attributes', () => {
  it('are written, read, listed and removed by path, descriptor, O_PATH descriptor and name', () => {
    const fd = openSync(path, 'r')
    const held = openIn(directory.fd, 'file', Open.PATH)
    for (const target of [path, Buffer.from(path), fd, held]) {
      setXattr(target, 'user.one', Buffer.from('1'))
      setXattr(target, 'user.two', Buffer.alloc(0))
      expect(getXattr(target, 'user.one')).toEqual(Buffer.from('1'))
      expect(getXattr(target, 'user.two')).toEqual(Buffer.alloc(0))
      expect(getXattr(target, 'user.none')).toBeNull()
      expect(
        listXattr(target)
          .filter((name) => name.startsWith('user.'))
          .sort(),
      ).toEqual(['user.one', 'user.two'])
      expect(getXattrAt(directory.fd, 'file', 'user.one')).toEqual(Buffer.from('1'))
      removeXattr(target, 'user.one')
      removeXattr(target, 'user.two')
      expect(listXattrAt(directory.fd, 'file').filter((name) => name.startsWith('user.'))).toEqual([])
    }
    closeSync(fd)
    closeSync(held)
  })

  it('of a link are its own with the At forms, and those of its target with a path', () => {
    setXattrAt(directory.fd, 'link', 'trusted.gantry', Buffer.from('link'))
    expect(getXattrAt(directory.fd, 'link', 'trusted.gantry')?.toString()).toBe('link')
    expect(listXattrAt(directory.fd, 'link')).toContain('trusted.gantry')
    expect(getXattr(path, 'trusted.gantry')).toBeNull()
    setXattr(join(directory.path, 'link'), 'trusted.gantry', Buffer.from('target'))
    expect(getXattr(path, 'trusted.gantry')?.toString()).toBe('target')
    removeXattrAt(directory.fd, 'link', 'trusted.gantry')
    expect(getXattrAt(directory.fd, 'link', 'trusted.gantry')).toBeNull()
    // The kernel keeps user attributes off links.
    expect(() => setXattrAt(directory.fd, 'link', 'user.x', Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'EPERM', syscall: 'setxattr', path: 'link' }),
    )
  })

  it('may be larger than the first guess', () => {
    const value = Buffer.alloc(3000, 'v')
    setXattrAt(directory.fd, 'file', 'user.large', value)
    expect(getXattrAt(directory.fd, 'file', 'user.large')).toEqual(value)
    const names = Array.from({ length: 12 }, (_, index) => `user.${'n'.repeat(40)}${index}`)
    removeXattr(path, 'user.large')
    for (const name of names) setXattr(path, name, Buffer.from('x'))
    expect(
      listXattr(path)
        .filter((name) => name.startsWith('user.'))
        .sort(),
    ).toEqual(names.sort())
  })

  it('of a missing file, and a missing attribute that is to go, are errors', () => {
    expect(() => getXattrAt(directory.fd, 'none', 'user.x')).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: 'none' }),
    )
    expect(() => removeXattr(path, 'user.none')).toThrow(expect.objectContaining({ code: 'ENODATA', errno: 61 }))
    expect(() => listXattr(9999)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
