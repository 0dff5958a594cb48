import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { copyFrom, copyTo, readArchive } from '../../../../lib/container/files/index.js'
import { describeTree, makeOddTree } from '../../image/archive/odd-tree.js'
import { stand } from './stand.js'

const descriptors = (): number => readdirSync('/proc/self/fd').length
const read = (path: string): string => readFileSync(path, 'utf8')

test('a tree with everything in it goes in and comes out as it was', async () => {
  using box = stand()
  const before = descriptors()
  const tree = join(box.host, 'tree')
  mkdirSync(tree)
  makeOddTree(tree)
  await copyTo(box.target, '/data', { path: tree }, { archive: true })
  box.inside((root) => expect(describeTree(`${root}/data`)).toEqual(describeTree(tree)))
  await copyFrom(box.target, '/data', join(box.host, 'back'), { archive: true })
  expect(describeTree(join(box.host, 'back'))).toEqual(describeTree(tree))
  expect(read(join(box.host, 'back/big'))).toBe(read(join(tree, 'big')))
  expect(descriptors()).toBe(before)
})

test("docker cp's table for a file", async () => {
  using box = stand()
  const file = join(box.host, 'file')
  writeFileSync(file, 'new')
  mkdirSync(join(box.base, 'dir'))
  writeFileSync(join(box.base, 'dir/there'), 'old')
  // The destination does not exist.
  await copyTo(box.target, '/dir/renamed', { path: file })
  // It does not, and ends with a slash.
  await expect(copyTo(box.target, '/dir/none/', { path: file })).rejects.toMatchObject({
    code: 'ERR_PATH',
    message: expect.stringContaining('no such directory'),
  })
  // Its parent does not exist.
  await expect(copyTo(box.target, '/none/file', { path: file })).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
    message: 'no such path: box:/none/file',
  })
  // It is a file, a directory, a directory with a slash.
  await copyTo(box.target, '/dir/there', { path: file })
  await copyTo(box.target, '/dir', { path: file })
  mkdirSync(join(box.base, 'other'))
  await copyTo(box.target, '/other/', { path: file })
  // A file with a slash is no directory.
  await expect(copyTo(box.target, '/dir/there/', { path: file })).rejects.toThrow(/not a directory/)
  await expect(copyTo(box.target, '/x', { path: `${file}/` })).rejects.toThrow(/not a directory/)
  await expect(copyTo(box.target, '/x', { path: join(box.host, 'none') })).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
  })
  box.inside((root) => {
    for (const name of ['dir/renamed', 'dir/there', 'dir/file', 'other/file'])
      expect(read(`${root}/${name}`)).toBe('new')
  })
})

test("docker cp's table for a directory", async () => {
  using box = stand()
  const tree = join(box.host, 'tree')
  mkdirSync(tree)
  writeFileSync(join(tree, 'a'), 'a')
  mkdirSync(join(box.base, 'dir'))
  writeFileSync(join(box.base, 'dir/kept'), 'kept')
  writeFileSync(join(box.base, 'file'), '')
  await copyTo(box.target, '/created', { path: tree })
  await copyTo(box.target, '/created2/', { path: `${tree}/.` })
  await copyTo(box.target, '/dir', { path: tree })
  await copyTo(box.target, '/dir', { path: `${tree}/.` })
  await expect(copyTo(box.target, '/file', { path: tree })).rejects.toThrow(/cannot copy directory/)
  mkdirSync(join(box.base, 'clash/tree'), { recursive: true })
  mkdirSync(join(box.base, 'clash/tree/a'))
  await expect(copyTo(box.target, '/clash', { path: tree })).rejects.toThrow(
    /cannot overwrite directory "tree\/a" with non-directory/,
  )
  writeFileSync(join(box.base, 'clash/file'), '')
  mkdirSync(join(box.host, 'file'))
  await expect(copyTo(box.target, '/clash/', { path: join(box.host, 'file') })).rejects.toThrow(
    /cannot overwrite non-directory "file\/" with directory/,
  )
  box.inside((root) => {
    expect(readdirSync(`${root}/dir`).sort()).toEqual(['a', 'kept', 'tree'])
    expect(readdirSync(`${root}/created`)).toEqual(['a'])
    expect(readdirSync(`${root}/created2`)).toEqual(['a'])
  })
})

test('the same rules on the way out', async () => {
  using box = stand()
  mkdirSync(join(box.base, 'dir'))
  writeFileSync(join(box.base, 'dir/a'), 'a')
  const out = join(box.host, 'out')
  mkdirSync(out)
  await copyFrom(box.target, '/dir', out)
  await copyFrom(box.target, '/dir/.', out)
  await copyFrom(box.target, '/dir/a', join(out, 'renamed'))
  await copyFrom(box.target, '/', join(box.host, 'everything'))
  expect(readdirSync(out).sort()).toEqual(['a', 'dir', 'renamed'])
  expect(readdirSync(join(box.host, 'everything'))).toEqual(['dir'])
  await expect(copyFrom(box.target, '/none', out)).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
    message: 'no such path: box:/none',
  })
  await expect(copyFrom(box.target, '/dir', join(out, 'a'))).rejects.toThrow(/cannot copy directory/)
  await expect(copyFrom(box.target, '/dir/a', join(box.host, 'none/x'))).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
  })
  await expect(copyFrom(box.target, '', out)).rejects.toThrow(/empty path/)
  await expect(copyFrom(box.target, '/a\0b', out)).rejects.toThrow(/NUL/)
})

test('links: themselves, or what they lead to when asked or when a slash says so', async () => {
  using box = stand()
  mkdirSync(join(box.base, 'real'))
  writeFileSync(join(box.base, 'real/f'), 'f')
  symlinkSync('/real', join(box.base, 'link'))
  await copyFrom(box.target, '/link', join(box.host, 'itself'))
  expect(readlinkSync(join(box.host, 'itself'))).toBe('/real')
  await copyFrom(box.target, '/link', join(box.host, 'followed'), { followLink: true })
  await copyFrom(box.target, '/link/', join(box.host, 'slash'))
  await copyFrom(box.target, '/link/f', join(box.host, 'through'))
  expect(read(join(box.host, 'followed/f'))).toBe('f')
  expect(read(join(box.host, 'slash/f'))).toBe('f')
  expect(read(join(box.host, 'through'))).toBe('f')
  symlinkSync('elsewhere', join(box.base, 'real/dangling'))
  await copyTo(box.target, '/link', { path: join(box.host, 'through') })
  await copyTo(box.target, '/link/dangling', { content: 'made' })
  box.inside((root) => {
    expect(read(`${root}/real/through`)).toBe('f')
    expect(read(`${root}/real/elsewhere`)).toBe('made')
  })
  symlinkSync('loop', join(box.base, 'loop'))
  await expect(copyTo(box.target, '/loop/x', { content: '' })).rejects.toThrow(/too many symbolic links/)
})

test('links of the container lead nowhere on the host', async () => {
  using box = stand()
  const secret = join(box.host, 'secret')
  writeFileSync(secret, 'secret')
  symlinkSync(secret, join(box.base, 'absolute'))
  symlinkSync(`../../../../../../../../..${secret}`, join(box.base, 'relative'))
  symlinkSync('/proc/self/root', join(box.base, 'magic'))
  for (const path of ['/absolute', '/relative', '/magic/etc/passwd', `/../../../../..${secret}`]) {
    await expect(copyFrom(box.target, path, join(box.host, 'stolen'), { followLink: true })).rejects.toMatchObject({
      code: 'ERR_PATH_NOT_FOUND',
    })
  }
  await expect(copyTo(box.target, '/absolute', { content: 'overwritten' })).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
  })
  expect(read(secret)).toBe('secret')
})

test('links of the host below the destination are not followed', async () => {
  using box = stand()
  mkdirSync(join(box.base, 'd/sub'), { recursive: true })
  writeFileSync(join(box.base, 'd/sub/f'), 'container')
  const precious = join(box.host, 'precious')
  mkdirSync(precious)
  mkdirSync(join(box.host, 'out/d'), { recursive: true })
  symlinkSync(precious, join(box.host, 'out/d/sub'))
  await expect(copyFrom(box.target, '/d', join(box.host, 'out'))).rejects.toThrow(/cannot overwrite non-directory/)
  expect(readdirSync(precious)).toEqual([])
})

test('owners: the one who receives, or with archive the same', async () => {
  using box = stand()
  const file = join(box.host, 'file')
  writeFileSync(file, 'x')
  chownSync(file, 1234, 5678)
  chmodSync(file, 0o4711)
  await copyTo(box.target, '/as-root', { path: file })
  await copyTo(box.target, '/as-is', { path: file }, { archive: true })
  await copyTo(box.target, '/content', { content: Buffer.from([0, 255]), mode: 0o600, uid: 5, gid: 6 })
  box.inside((root) => {
    expect(lstatSync(`${root}/as-root`)).toMatchObject({ uid: 0, gid: 0, mode: 0o104711 })
    expect(lstatSync(`${root}/as-is`)).toMatchObject({ uid: 1234, gid: 5678 })
    expect(lstatSync(`${root}/content`)).toMatchObject({ uid: 5, gid: 6, mode: 0o100600, size: 2 })
  })
  await copyFrom(box.target, '/as-is', join(box.host, 'mine'))
  await copyFrom(box.target, '/as-is', join(box.host, 'theirs'), { archive: true })
  expect(lstatSync(join(box.host, 'mine'))).toMatchObject({ uid: 0, gid: 0, mode: 0o104711 })
  expect(lstatSync(join(box.host, 'theirs'))).toMatchObject({ uid: 1234, gid: 5678 })
})

test('ids of a sandbox are shifted both ways, and directories above belong to it', async () => {
  const base = 1_000_000
  using box = stand({ base, size: 65536 })
  chownSync(box.upper, base, base)
  mkdirSync(join(box.base, 'srv/www'), { recursive: true })
  chownSync(join(box.base, 'srv/www'), 33, 33)
  await copyTo(box.target, '/srv/www/index', { content: 'x', uid: 33, gid: 33 })
  const tar = execFileSync('tar', [
    '-cf',
    '-',
    '-C',
    box.host,
    '--transform',
    's,^host,a/b/host,',
    '-C',
    join(box.host, '..'),
    'host',
  ])
  await copyTo(box.target, '/srv', { tar: Readable.from([tar]) })
  const owner = (path: string): number[] => [
    lstatSync(join(box.upper, path)).uid - base,
    lstatSync(join(box.upper, path)).gid - base,
  ]
  expect(owner('srv/www/index')).toEqual([33, 33])
  expect(owner('srv/www')).toEqual([33, 33])
  expect(owner('srv')).toEqual([0, 0])
  expect(owner('srv/a')).toEqual([0, 0])
  expect(owner('srv/a/b/host')).toEqual([0, 0])
  await copyFrom(box.target, '/srv', join(box.host, 'back'), { archive: true })
  expect(lstatSync(join(box.host, 'back/www')).uid).toBe(33)
  expect(lstatSync(join(box.host, 'back/www/index')).uid).toBe(33)
  expect(lstatSync(join(box.host, 'back/a')).uid).toBe(0)
})

test('a tar stream goes into a directory that is there', async () => {
  using box = stand()
  mkdirSync(join(box.base, 'in'))
  mkdirSync(join(box.host, 't'))
  writeFileSync(join(box.host, 't/one'), '1')
  linkSync(join(box.host, 't/one'), join(box.host, 't/two'))
  const tar = execFileSync('tar', ['-cf', '-', '-C', box.host, 't'])
  await copyTo(box.target, '/in', { tar: Readable.from([tar.subarray(0, 700), tar.subarray(700)]) })
  await expect(copyTo(box.target, '/none', { tar: Readable.from([tar]) })).rejects.toMatchObject({
    code: 'ERR_PATH_NOT_FOUND',
  })
  await expect(
    copyTo(box.target, '/in', { tar: Readable.from([Buffer.from('this is no archive'.repeat(100))]) }),
  ).rejects.toMatchObject({ code: 'ERR_IMAGE_INVALID' })
  box.inside((root) => expect(lstatSync(`${root}/in/t/two`).nlink).toBe(2))
})

test('a hostile archive stays below the directory', async () => {
  using box = stand()
  mkdirSync(join(box.base, 'in'))
  const outside = join(box.host, 'outside')
  mkdirSync(outside)
  mkdirSync(join(box.host, 'evil'))
  symlinkSync(outside, join(box.host, 'evil/link'))
  const link = execFileSync('tar', ['-cf', '-', '-C', join(box.host, 'evil'), 'link'])
  mkdirSync(join(box.host, 'evil2/link'), { recursive: true })
  writeFileSync(join(box.host, 'evil2/link/file'), 'gotcha')
  const through = execFileSync('tar', ['-cf', '-', '-C', join(box.host, 'evil2'), 'link/file'])
  const dots = execFileSync('tar', [
    '-Pcf',
    '-',
    '-C',
    join(box.host, 'evil2/link'),
    '--transform',
    's,file,../../../../etc/gotcha,',
    'file',
  ])
  await copyTo(box.target, '/in', { tar: Readable.from([link]) })
  await copyTo(box.target, '/in', { tar: Readable.from([through]) }).catch(() => {})
  await copyTo(box.target, '/in', { tar: Readable.from([dots]) })
  expect(readdirSync(outside)).toEqual([])
  expect(existsSync('/etc/gotcha')).toBe(false)
  box.inside((root) => expect(read(`${root}/in/etc/gotcha`)).toBe('gotcha'))
})

test('an archive as a stream is named as docker names it', async () => {
  using box = stand()
  const before = descriptors()
  mkdirSync(join(box.base, 'etc/sub'), { recursive: true })
  writeFileSync(join(box.base, 'etc/hosts'), 'x')
  const list = (archive: Buffer): string[] =>
    execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trimEnd().split('\n')
  expect(list(await buffer(readArchive(box.target, '/etc')))).toEqual(['etc/', 'etc/hosts', 'etc/sub/'])
  expect(list(await buffer(readArchive(box.target, '/etc/.')))).toEqual(['./', './hosts', './sub/'])
  expect(list(await buffer(readArchive(box.target, '/etc/hosts')))).toEqual(['hosts'])
  expect(() => readArchive(box.target, '/none')).toThrow(expect.objectContaining({ code: 'ERR_PATH_NOT_FOUND' }))
  readArchive(box.target, '/etc').destroy()
  await expect.poll(descriptors).toBe(before)
})

test('a signal ends a copy', async () => {
  using box = stand()
  const before = descriptors()
  writeFileSync(join(box.base, 'f'), 'x')
  const signal = AbortSignal.abort()
  await expect(copyFrom(box.target, '/', join(box.host, 'out'), { signal })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
  })
  await expect(copyTo(box.target, '/in', { path: box.host }, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(descriptors()).toBe(before)
})
