import { closeSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mountOverlay, Open, openIn, readDirectory, unlinkAt } from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'
import { held } from './fixtures/process.js'

const directory = useDirectory()

function layer(name: string, files: Record<string, string>): string {
  const path = join(directory.path, name)
  mkdirSync(path, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

function read(mount: number, name: string): string {
  const fd = openIn(mount, name, Open.READ)
  try {
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

const names = (mount: number) =>
  readDirectory(mount)
    .map(({ name }) => name.toString())
    .sort()
const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length

describe('mountOverlay', () => {
  it('shows the layers merged, the top first, and belongs to no tree', () => {
    const before = mounts()
    const mount = mountOverlay({
      lowers: [layer('top', { both: 'top', a: 'a' }), layer('bottom', { both: 'bottom', b: 'b' })],
    })
    expect(names(mount)).toEqual(['a', 'b', 'both'])
    expect(read(mount, 'both')).toBe('top')
    expect(mounts()).toBe(before)
    expect(() => openIn(mount, 'new', Open.WRITE | Open.CREATE, 0o600)).toThrow(
      expect.objectContaining({ code: 'EROFS' }),
    )
    closeSync(mount)
  })

  it('writes into the upper layer, and is unmounted when closed', () => {
    const lower = layer('lower', { kept: 'kept', removed: 'x' })
    const upper = layer('upper', {})
    const mount = mountOverlay({ lowers: [lower], upper, work: layer('work', {}) })
    const fd = openIn(mount, 'new', Open.WRITE | Open.CREATE, 0o600)
    writeFileSync(fd, 'written')
    closeSync(fd)
    unlinkAt(mount, 'removed', false)
    expect(names(mount)).toEqual(['kept', 'new'])
    closeSync(mount)
    expect(readFileSync(join(upper, 'new'), 'utf8')).toBe('written')
    expect(readFileSync(join(lower, 'removed'), 'utf8')).toBe('x')
    // Only an unmounted overlay lets its upper directory be used by another.
    for (let i = 0; i < 3; i++) {
      const again = mountOverlay({ lowers: [lower], upper, work: join(directory.path, 'work'), options: ['index=on'] })
      expect(names(again)).toEqual(['kept', 'new'])
      closeSync(again)
    }
  })

  it('can be read-only over an upper layer', () => {
    const mount = mountOverlay({
      lowers: [layer('l', { a: 'a' })],
      upper: layer('u', { b: 'b' }),
      work: layer('w', {}),
      readOnly: true,
    })
    expect(names(mount)).toEqual(['a', 'b'])
    expect(() => unlinkAt(mount, 'a', false)).toThrow(expect.objectContaining({ code: 'EROFS' }))
    closeSync(mount)
  })

  it('shows a single layer read-only', () => {
    const mount = mountOverlay({ lowers: [layer('only', { a: 'a' })] })
    expect(read(mount, 'a')).toBe('a')
    expect(() => unlinkAt(mount, 'a', false)).toThrow(expect.objectContaining({ code: 'EROFS' }))
    closeSync(mount)
    expect(existsSync(join(directory.path, 'only/a'))).toBe(true)
  })

  it('takes a hundred layers, and paths with colons, commas, backslashes and of any length', () => {
    const many = Array.from({ length: 100 }, (_, index) => layer(`many/${index}`, { [`f${index}`]: `${index}` }))
    const odd = layer('a:b,c\\d=e', { odd: 'odd' })
    const long = layer(join('long'.repeat(50), 'path'.repeat(50)), { long: 'long' })
    const mount = mountOverlay({ lowers: [odd, long, ...many] })
    expect(names(mount)).toHaveLength(102)
    expect(read(mount, 'odd') + read(mount, 'long') + read(mount, 'f99')).toBe('oddlong99')
    closeSync(mount)
  })

  it('says what is wrong, with the path and the reason of the kernel', () => {
    const before = held()
    const lower = layer('l', {})
    expect(() => mountOverlay({ lowers: [lower, '/no/such/layer'] })).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'fsconfig', path: '/no/such/layer' }),
    )
    expect(() => mountOverlay({ lowers: ['/no/such/layer'] })).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'open_tree', path: '/no/such/layer' }),
    )
    expect(() => mountOverlay({ lowers: [lower, lower], options: ['nonsense=1'] })).toThrow(/nonsense/)
    expect(() => mountOverlay({ lowers: [] })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(held()).toEqual(before)
  })
})
