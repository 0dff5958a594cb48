import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Packer, type PackOptions, walkTree } from '../../../../lib/image/archive/index.js'
import { endOfArchive } from '../../../../lib/image/tar/index.js'
import { getXattr } from '../../../../lib/native/index.js'
import { describeTree, makeOddTree, temporary } from './odd-tree.js'

async function pack(top: string, options: PackOptions = {}): Promise<Buffer> {
  const root = openSync(top, 'r')
  try {
    const packer = new Packer(options)
    const parts: Buffer[] = []
    for (const { path, held, status } of walkTree(root))
      for await (const bytes of packer.add(path, held, status)) parts.push(bytes)
    packer.push(endOfArchive)
    return Buffer.concat([...parts, packer.take()])
  } finally {
    closeSync(root)
  }
}

test('GNU tar makes the same tree of the archive', async () => {
  using directory = temporary()
  const [from, to, archive] = ['from', 'to', 'archive.tar'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(from)
  mkdirSync(to)
  makeOddTree(from)
  const bytes = await pack(from)
  writeFileSync(archive, bytes)
  execFileSync('tar', ['--xattrs', '--xattrs-include=user.*', '--numeric-owner', '-xpf', archive, '-C', to])
  expect(describeTree(to)).toEqual(describeTree(from))
  expect(getXattr(join(to, 'plain'), 'user.note')).toEqual(Buffer.from([0, 1, 255, 10]))
  expect(readFileSync(join(to, 'sparse')).equals(readFileSync(join(from, 'sparse')))).toBe(true)
  expect(readFileSync(join(to, 'big')).equals(readFileSync(join(from, 'big')))).toBe(true)
  // The holes travelled as holes.
  expect(bytes.length).toBeLessThan(2 << 20)
  expect(statSync(join(to, 'sparse')).blocks).toBeLessThan(1000)
})

test('without holes the archive is for every reader', async () => {
  using directory = temporary()
  makeOddTree(directory.path)
  const bytes = await pack(directory.path, { expandHoles: true })
  expect(bytes.length).toBeGreaterThan(100 << 20)
  const list = execFileSync('busybox', ['tar', '-tf', '-'], { input: bytes, encoding: 'latin1' })
  expect(list).toContain('sparse\n')
  expect(list).not.toContain('GNUSparseFile')
})

test('the same tree gives the same bytes, and ids can be shifted', async () => {
  using directory = temporary()
  makeOddTree(directory.path)
  const first = await pack(directory.path)
  expect((await pack(directory.path)).equals(first)).toBe(true)
  const shifted = await pack(directory.path, { uidOf: () => 7, gidOf: () => 8 })
  const list = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: shifted, encoding: 'latin1' })
  for (const line of list.trimEnd().split('\n')) if (/^[-dlcph]/.test(line)) expect(line).toContain(' 7/8 ')
})

test('a file that shrinks while it is read is filled with zeros', async () => {
  using directory = temporary()
  const name = join(directory.path, 'f')
  writeFileSync(name, Buffer.alloc(10_000, 1))
  const root = openSync(directory.path, 'r')
  const packer = new Packer()
  const parts: Buffer[] = []
  for (const { path, held, status } of walkTree(root)) {
    writeFileSync(name, 'x')
    for await (const bytes of packer.add(path, held, status)) parts.push(bytes)
  }
  packer.push(endOfArchive)
  closeSync(root)
  const archive = Buffer.concat([...parts, packer.take()])
  const content = execFileSync('tar', ['-xOf', '-', 'f'], { input: archive })
  expect(content.length).toBe(10_000)
  expect(content.subarray(0, 2).toString('latin1')).toBe('x\0')
})
