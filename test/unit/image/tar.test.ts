import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync, openSync, writeSync, closeSync, symlinkSync, linkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type TarEntry, type TarLimits, TarParser } from '../../../lib/image/tar/index.js'
import { archive, member, patched } from './archive.js'

interface Found { entry: TarEntry; content: Buffer }

/** Parse with pieces of a size, to see that no boundary matters. */
function parse(bytes: Buffer, piece = bytes.length || 1, limits: Partial<TarLimits> = {}): Found[] {
  const found: Found[] = []
  const parser = new TarParser(
    {
      entry: (entry) => found.push({ entry, content: Buffer.alloc(Math.min(entry.size, 1 << 24)) }),
      data: (chunk, offset) => void chunk.copy(found.at(-1)!.content, offset),
      end: () => {},
    },
    limits,
  )
  for (let start = 0; start < bytes.length; start += piece) parser.push(bytes.subarray(start, start + piece))
  parser.finish()
  return found
}

const names = (found: Found[]) => found.map(({ entry }) => entry.name.toString())

describe('what the writer writes, the parser reads', () => {
  const long = `${'directory/'.repeat(30)}file`
  const bytes = archive([
    { name: './', type: 'directory', mode: 0o755 },
    { name: 'a', content: 'hello', mode: 0o4755, uid: 1000, gid: 2_100_000_000, mtimeNs: 1_700_000_000_123_456_789n },
    { name: long, content: Buffer.alloc(1000, 7) },
    { name: Buffer.from([0x66, 0xff, 0xfe]), content: 'x' },
    { name: 'link', type: 'symlink', linkName: 'ü'.repeat(80) },
    { name: 'hard', type: 'hardlink', linkName: 'a' },
    { name: 'null', type: 'character', major: 1, minor: 300 },
    { name: 'pipe', type: 'fifo' },
    { name: 'cap', content: '', xattrs: { 'security.capability': Buffer.from([1, 0, 0, 2, 0xff, 0x0a, 0x3d, 0, 0x80]), 'user.x': '' } },
    { name: 'past', mtimeNs: -1_500_000_000n },
  ])

  test.each([bytes.length, 1, 7, 511, 512, 513, 4096])('in pieces of %i bytes', (piece) => {
    const found = parse(bytes, piece)
    expect(found.map(({ entry }) => entry.type)).toEqual(['directory', 'file', 'file', 'file', 'symlink', 'hardlink', 'character', 'fifo', 'file', 'file'])
    expect(found[1]!.entry).toMatchObject({ mode: 0o4755, uid: 1000, gid: 2_100_000_000, mtimeNs: 1_700_000_000_123_456_789n, size: 5 })
    expect(found[1]!.content.toString()).toBe('hello')
    expect(found[2]!.entry.name.toString()).toBe(long)
    expect(found[2]!.content).toEqual(Buffer.alloc(1000, 7))
    expect(found[3]!.entry.name).toEqual(Buffer.from([0x66, 0xff, 0xfe]))
    expect(found[4]!.entry.linkName.toString()).toBe('ü'.repeat(80))
    expect(found[6]!.entry).toMatchObject({ major: 1, minor: 300 })
    expect(found[8]!.entry.xattrs.get('security.capability')).toEqual(Buffer.from([1, 0, 0, 2, 0xff, 0x0a, 0x3d, 0, 0x80]))
    expect(found[9]!.entry.mtimeNs).toBe(-1_500_000_000n)
  })

  test('GNU tar reads it as well', () => {
    const listing = execFileSync('tar', ['-tvf', '-'], { input: bytes, encoding: 'utf8' })
    expect(listing.split('\n')).toHaveLength(11)
    expect(listing).toContain('1000/2100000000')
    expect(listing).toContain(long)
  })
})

describe('what GNU tar writes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-tar-'))
  const deep = 'sub/'.repeat(40)
  mkdirSync(join(directory, deep), { recursive: true })
  writeFileSync(join(directory, deep, 'file'), 'deep')
  writeFileSync(join(directory, 'plain'), 'plain')
  symlinkSync('x'.repeat(150), join(directory, 'link'))
  linkSync(join(directory, 'plain'), join(directory, 'plain2'))
  const sparse = join(directory, 'sparse')
  writeFileSync(sparse, '')
  truncateSync(sparse, 3_000_000)
  const descriptor = openSync(sparse, 'r+')
  for (let index = 0; index < 30; index++) writeSync(descriptor, `piece ${index};`, index * 98_304)
  closeSync(descriptor)
  const content = execFileSync('cat', [sparse], { maxBuffer: 1 << 24 })

  const formats = [['gnu'], ['pax'], ['gnu', '--sparse'], ['pax', '--sparse', '--sparse-version=0.0'], ['pax', '--sparse', '--sparse-version=0.1'], ['pax', '--sparse', '--sparse-version=1.0']]
  test.each(formats.map((format) => [format.join(' '), format] as const))('%s', (_, [format, ...options]) => {
    const bytes = execFileSync('tar', ['-C', directory, `--format=${format}`, ...options, '-cf', '-', '.'], { maxBuffer: 1 << 26 })
    for (const piece of [bytes.length, 1000]) {
      const found = new Map(parse(bytes, piece).map((item) => [item.entry.name.toString(), item]))
      expect(found.get('./sparse')!.entry.size).toBe(3_000_000)
      expect(found.get('./sparse')!.content.equals(content)).toBe(true)
      expect(found.get(`./${deep}file`)!.content.toString()).toBe('deep')
      expect(found.get('./link')!.entry.linkName.toString()).toBe('x'.repeat(150))
    }
    if (options.length) expect(bytes.length).toBeLessThan(1_000_000)
  })

  test.each(['ustar', 'v7'])('%s', (format) => {
    const bytes = execFileSync('tar', ['-C', directory, `--format=${format}`, '-cf', '-', 'plain', 'plain2'])
    expect(names(parse(bytes))).toEqual(['plain', 'plain2'])
  })

  afterAll(() => rmSync(directory, { recursive: true }))
})

describe('malformed archives are refused', () => {
  const header = (name: string, size = 0) => member({ name, content: Buffer.alloc(size) })[0]!
  const pax = (text: string) => [patched(header('PaxHeaders/x', Buffer.byteLength(text)), (block) => block.write('x', 156)), Buffer.from(text), Buffer.alloc((512 - (Buffer.byteLength(text) % 512)) % 512)]
  const joined = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.alloc(1024)])
  const gnuSparse = (offset: number, length: number, real: number, stored: number) =>
    patched(header('s', stored), (block) => {
      block.write('S', 156)
      block.write('ustar  \0', 257, 'latin1')
      block.write(`${offset.toString(8).padStart(11, '0')}\0${length.toString(8).padStart(11, '0')}\0`, 386)
      block.write(`${real.toString(8).padStart(11, '0')}\0`, 483)
    })

  const cases: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('x'.repeat(600))],
    ['a wrong checksum', Buffer.concat([Buffer.from(header('a')).fill('b', 0, 1), Buffer.alloc(1024)])],
    ['half a header', header('a').subarray(0, 300)],
    ['half a file', Buffer.concat([header('a', 5000), Buffer.alloc(1000)])],
    ['a header without its member', Buffer.concat(pax('12 path=abc\n'))],
    ['the end after an extended header', joined(...pax('12 path=abc\n'))],
    ['a member after a block of zeros', Buffer.concat([header('a'), Buffer.alloc(512), header('b')])],
    ['an unknown type', joined(patched(header('a'), (block) => block.write('Z', 156)))],
    ['letters for a size', joined(patched(header('a'), (block) => block.write('12x4', 124)))],
    ['a negative size', joined(patched(header('a'), (block) => block.fill(0xff, 124, 136)))],
    ['an immense size', joined(patched(header('a'), (block) => block.fill(0x80, 124, 125).fill(0x7f, 125, 136)))],
    ['a size beyond the limit', joined(patched(header('a'), (block) => block.write('77777777777', 124)))],
    ['an id of 2^32-1', joined(...pax('18 uid=4294967295\n'), header('a'))],
    ['a PAX record that is too long', joined(...pax('99 path=abc\n'), header('a'))],
    ['a PAX record that is too short', joined(...pax('5 path=abc\n'), header('a'))],
    ['a PAX record without a number', joined(...pax('xx path=abc\n'), header('a'))],
    ['a PAX record without a key', joined(...pax('9 ======\n').map((part) => part), ...pax('7 =ab\n\n'), header('a'))],
    ['a PAX size that is no number', joined(...pax('11 size=-1\n'), header('a'))],
    ['a NUL in a PAX path', joined(...pax('12 path=a\0b\n'), header('a'))],
    ['an extended header of 2 MiB', Buffer.concat([patched(header('x', 2 << 20), (block) => block.write('x', 156)), Buffer.alloc(2 << 20), header('a')])],
    ['a sparse piece outside of its file', joined(gnuSparse(1000, 512, 1100, 512), Buffer.alloc(512))],
    ['sparse pieces that are not what is stored', joined(gnuSparse(0, 512, 2048, 1024), Buffer.alloc(1024))],
    ['a sparse file that claims a terabyte', joined(gnuSparse(0, 512, 2 ** 33 - 1, 512), Buffer.alloc(512), ...Array.from({ length: 40 }, () => [gnuSparse(0, 512, 2 ** 33 - 1, 512), Buffer.alloc(512)]).flat())],
    ['an endless map of a sparse file', Buffer.concat([...pax('22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n29 GNU.sparse.realsize=10000\n'), header('s', 1 << 20), Buffer.alloc(1 << 20, '1\n')])],
  ]
  test.each(cases)('%s', (_, bytes) => {
    for (const piece of [bytes.length || 1, 333]) expect(() => parse(bytes, piece)).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }))
  })

  test('limits of members and bytes hold', () => {
    const bytes = archive([{ name: 'a', content: 'x'.repeat(600) }, { name: 'b', content: 'x'.repeat(600) }])
    expect(() => parse(bytes, 512, { entries: 1 })).toThrow(/more than 1 members/)
    expect(() => parse(bytes, 512, { bytes: 1000 })).toThrow(/more than 1000 bytes/)
  })

  test('random damage never makes anything but that error', () => {
    const bytes = archive([{ name: 'a', content: 'hello' }, { name: 'd/', type: 'directory' }, { name: 'ü'.repeat(120), content: Buffer.alloc(2000), xattrs: { 'user.a': 'b' } }])
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % below
    }
    for (let round = 0; round < 3000; round++) {
      const damaged = Buffer.from(bytes)
      for (let index = 0; index <= random(4); index++) damaged[random(damaged.length)] = random(256)
      try {
        parse(damaged.subarray(0, random(10) ? damaged.length : random(damaged.length)), 700)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_IMAGE_INVALID' })
      }
    }
  })
})

describe('where parsers differ', () => {
  test('links have no content, whatever their header claims', () => {
    const link = patched(member({ name: 'l', type: 'symlink', linkName: 'a' })[0]!, (block) => block.write('00000001000', 124))
    expect(names(parse(Buffer.concat([link, ...member({ name: 'b', content: 'b' }), Buffer.alloc(1024)])))).toEqual(['l', 'b'])
  })

  test('what follows the end is not looked at', () => {
    expect(names(parse(Buffer.concat([archive([{ name: 'a' }]), Buffer.from('rubbish'.repeat(500))])))).toEqual(['a'])
  })

  test('an archive may lack its end', () => {
    expect(names(parse(archive([{ name: 'a', content: 'x' }], Buffer.alloc(0))))).toEqual(['a'])
  })

  test('an empty archive with an end is an empty tree', () => {
    expect(parse(Buffer.alloc(1024))).toEqual([])
  })
})
