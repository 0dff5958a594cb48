import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  currentDirectory,
  EntryType,
  linkAt,
  makeDevice,
  mkdirAt,
  mknodAt,
  Open,
  openIn,
  Rename,
  Resolve,
  readDirectory,
  readlinkAt,
  renameAt,
  splitDevice,
  statAt,
  symlinkAt,
  unlinkAt,
} from '../../../lib/native/index.js'
import { useDirectory } from './fixtures/directory.js'
import { held } from './fixtures/process.js'

const directory = useDirectory()
const strange = Buffer.from([0x66, 0xff, 0xfe, 0x80, 0x0a])

function readIn(path: string | Buffer, resolve?: number): string {
  const fd = openIn(directory.fd, path, Open.READ, 0, resolve)
  try {
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

describe('openIn', () => {
  it('opens below the root, close-on-exec', () => {
    mkdirSync(join(directory.path, 'a/b'), { recursive: true })
    writeFileSync(join(directory.path, 'a/b/file'), 'inside')
    expect(readIn('a/b/file')).toBe('inside')
    expect(readIn('/a/b/../b/file')).toBe('inside')
    const fd = openIn(directory.fd, 'a', Open.PATH)
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/flags:\s012000000/)
    closeSync(fd)
  })

  it('does not leave the root by dots or links', () => {
    writeFileSync(join(directory.path, 'passwd'), 'of the container')
    symlinkSync('/passwd', join(directory.path, 'absolute'))
    symlinkSync('../../../../../../passwd', join(directory.path, 'relative'))
    symlinkSync('/etc/hostname', join(directory.path, 'outside'))
    symlinkSync('..', join(directory.path, 'up'))
    expect(readIn('../../../passwd')).toBe('of the container')
    expect(readIn('absolute')).toBe('of the container')
    expect(readIn('relative')).toBe('of the container')
    expect(readIn('up/up/passwd')).toBe('of the container')
    expect(() => readIn('outside')).toThrow(
      expect.objectContaining({ code: 'ENOENT', errno: 2, syscall: 'openat2', path: 'outside' }),
    )
  })

  it('refuses what the other bits of resolve forbid', () => {
    symlinkSync('nowhere', join(directory.path, 'link'))
    mkdirSync(join(directory.path, 'd'))
    expect(() => readIn('d/../../x', Resolve.BENEATH)).toThrow(expect.objectContaining({ code: 'EXDEV' }))
    expect(() => readIn('link', Resolve.NO_SYMLINKS)).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    const root = openSync('/', Open.READ)
    expect(() => openIn(root, 'proc/self', Open.PATH, 0, Resolve.IN_ROOT | Resolve.NO_XDEV)).toThrow(
      expect.objectContaining({ code: 'EXDEV' }),
    )
    expect(() => openIn(root, 'proc/self/exe', Open.READ)).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    closeSync(root)
  })

  it('creates with a mode, and only anew when told so', () => {
    const flags = Open.WRITE | Open.CREATE | Open.EXCLUSIVE
    closeSync(openIn(directory.fd, 'new', flags, 0o640))
    expect(lstatSync(join(directory.path, 'new')).mode & 0o777).toBe(0o640)
    expect(() => openIn(directory.fd, 'new', flags, 0o640)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
  })

  it('refuses a NUL in a path, and a root that is none', () => {
    expect(() => readIn('a\0b')).toThrow(expect.objectContaining({ code: 'EINVAL', path: 'a' }))
    expect(() => readIn(Buffer.from([0]))).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => openIn(9999, 'x', Open.READ)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => openIn(directory.fd, 'x', Open.READ, 0, 0x8000)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  it('leaves no descriptor behind', () => {
    const before = held()
    for (let i = 0; i < 100; i++) closeSync(openIn(directory.fd, '.', Open.PATH))
    expect(held()).toEqual(before)
  })
})

describe('entries', () => {
  it('are made, renamed and removed', () => {
    mkdirAt(directory.fd, 'd', 0o700)
    symlinkAt('the/target', directory.fd, 'd/link')
    expect(readlinkAt(directory.fd, 'd/link').toString()).toBe('the/target')
    mknodAt(directory.fd, 'fifo', 0o010600)
    expect(lstatSync(join(directory.path, 'fifo')).isFIFO()).toBe(true)
    renameAt(directory.fd, 'fifo', directory.fd, 'd/pipe')
    expect(() => unlinkAt(directory.fd, 'd', true)).toThrow(
      expect.objectContaining({ code: 'ENOTEMPTY', syscall: 'unlinkat', path: 'd' }),
    )
    expect(() => unlinkAt(directory.fd, 'd', false)).toThrow(expect.objectContaining({ code: 'EISDIR' }))
    unlinkAt(directory.fd, 'd/pipe', false)
    unlinkAt(directory.fd, 'd/link', false)
    unlinkAt(directory.fd, 'd', true)
    expect(existsSync(join(directory.path, 'd'))).toBe(false)
  })

  it('may be devices, with numbers as the kernel splits them', () => {
    mknodAt(directory.fd, 'null', 0o020666, makeDevice(1, 3))
    mknodAt(directory.fd, 'whiteout', 0o020000, makeDevice(0, 0))
    expect(splitDevice(statAt(directory.fd, 'null').rdev)).toEqual({ major: 1, minor: 3 })
    expect(statAt(directory.fd, 'whiteout').rdev).toBe(0)
    mknodAt(directory.fd, 'far', 0o060600, makeDevice(259, 70_000))
    expect(splitDevice(statAt(directory.fd, 'far').rdev)).toEqual({ major: 259, minor: 70_000 })
    expect(lstatSync(join(directory.path, 'far')).rdev).toBe(makeDevice(259, 70_000))
  })

  it('may be hard links, also to what is only held', () => {
    writeFileSync(join(directory.path, 'file'), 'x')
    linkAt(directory.fd, 'file', directory.fd, 'again')
    const fd = openIn(directory.fd, 'file', Open.PATH)
    linkAt(fd, '', directory.fd, 'third')
    closeSync(fd)
    expect(statAt(directory.fd, 'file').nlink).toBe(3)
    symlinkSync('file', join(directory.path, 'symbolic'))
    linkAt(directory.fd, 'symbolic', directory.fd, 'symbolic2')
    expect(readlinkAt(directory.fd, 'symbolic2').toString()).toBe('file')
  })

  it('are not replaced when a rename forbids it, and exchanged when it says so', () => {
    writeFileSync(join(directory.path, 'a'), 'A')
    writeFileSync(join(directory.path, 'b'), 'B')
    expect(() => renameAt(directory.fd, 'a', directory.fd, 'b', Rename.NO_REPLACE)).toThrow(
      expect.objectContaining({ code: 'EEXIST', path: 'a' }),
    )
    renameAt(directory.fd, 'a', directory.fd, 'b', Rename.EXCHANGE)
    expect(readIn('a')).toBe('B')
  })

  it('have names that need not be UTF-8', () => {
    symlinkAt(strange, directory.fd, strange)
    expect(readlinkAt(directory.fd, strange)).toEqual(strange)
    expect(readDirectory(directory.fd).map(({ name }) => name)).toEqual([strange])
    const other = Buffer.concat([strange, strange])
    renameAt(directory.fd, strange, directory.fd, other)
    expect(statAt(directory.fd, other).mode & 0o170000).toBe(0o120000)
    unlinkAt(directory.fd, other, false)
    expect(readDirectory(directory.fd)).toEqual([])
  })
})

describe('readDirectory', () => {
  it('tells all entries with their kinds', () => {
    mkdirSync(join(directory.path, 'directory'))
    writeFileSync(join(directory.path, 'file'), '')
    symlinkSync('x', join(directory.path, 'link'))
    mknodAt(directory.fd, 'fifo', 0o010600)
    const found = Object.fromEntries(readDirectory(directory.fd).map(({ name, type }) => [name.toString(), type]))
    expect(found).toEqual({
      directory: EntryType.DIRECTORY,
      file: EntryType.FILE,
      link: EntryType.LINK,
      fifo: EntryType.FIFO,
    })
  })

  it('reads thousands, long names too, more than once, and from an O_PATH descriptor', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `${index}-`.padEnd(255, 'n'))
    writeFileSync(join(directory.path, names[0]!), '')
    for (const name of names.slice(1)) linkSync(join(directory.path, names[0]!), join(directory.path, name))
    const held = openIn(directory.fd, '.', Open.PATH)
    for (const fd of [directory.fd, directory.fd, held]) {
      expect(
        readDirectory(fd)
          .map(({ name }) => name.toString())
          .sort(),
      ).toEqual([...names].sort())
    }
    closeSync(held)
  })

  it('refuses what is no directory', () => {
    const fd = openSync('/dev/null', 'r')
    expect(() => readDirectory(fd)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }))
    closeSync(fd)
    expect(readDirectory(currentDirectory).length).toBeGreaterThan(0)
  })
})
