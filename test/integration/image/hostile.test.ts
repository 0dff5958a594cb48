import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { getXattr } from '../../../lib/native/index.js'
import { archive, type Member } from '../../unit/image/archive.js'
import { temporaryStore } from './roots.js'

const link = (name: string, linkName: string): Member => ({ name, type: 'symlink', linkName })
const hard = (name: string, linkName: string): Member => ({ name, type: 'hardlink', linkName })
const directory = (name: string): Member => ({ name, type: 'directory', mode: 0o755 })

/** Import members next to a canary that lies outside of the tree; gives the tree, and sees that nothing else changed. */
async function imported(members: Member[] | Buffer, look: (tree: string) => void = () => {}): Promise<void> {
  using temporary = temporaryStore()
  const { Image, store, directory: outside } = temporary
  writeFileSync(`${outside}/canary`, 'alive')
  const bytes = Buffer.isBuffer(members) ? members : archive(members.map((item) => ({ ...item, name: fill(item.name, outside), linkName: item.linkName && fill(item.linkName, outside) })))
  try {
    const image = await Image.import(bytes, { name: 'x' })
    look((await image.inspect()).layers[0]!.path)
  } catch (error) {
    expect(readdirSync(`${store.root}/layers`)).toEqual([])
    expect(await Image.list()).toEqual([])
    throw error
  } finally {
    expect(readFileSync(`${outside}/canary`, 'utf8')).toBe('alive')
    expect(readdirSync(outside).sort()).toEqual(['canary', 'root', 'run'])
    expect(existsSync('/tmp/gantry-pwned')).toBe(false)
  }
}

function fill(text: string | Buffer, outside: string): string | Buffer {
  return typeof text === 'string' ? text.replace('OUTSIDE', outside) : text
}

describe('what tries to leave stays inside', () => {
  test.each<[string, Member[], (tree: string) => void]>([
    ['absolute names', [{ name: '/tmp/gantry-pwned', content: 'x' }], (tree) => expect(readFileSync(`${tree}/tmp/gantry-pwned`, 'utf8')).toBe('x')],
    ['names that go up', [{ name: '../../../../../../../../tmp/gantry-pwned', content: 'x' }], (tree) => expect(existsSync(`${tree}/tmp/gantry-pwned`)).toBe(true)],
    ['names that go up later', [directory('a'), { name: 'a/../../../../tmp/gantry-pwned', content: 'x' }], (tree) => expect(existsSync(`${tree}/tmp/gantry-pwned`)).toBe(true)],
    ['an absolute link, then a file through it', [link('out', 'OUTSIDE'), directory('tmp'), directory('OUTSIDE'), { name: 'out/canary', content: 'dead' }], (tree) => expect(lstatSync(`${tree}/out`).isSymbolicLink()).toBe(true)],
    ['a link that goes up, then a file through it', [link('out', '../../../../..'), { name: 'out/inside', content: 'x' }], (tree) => expect(existsSync(`${tree}/inside`)).toBe(true)],
    ['a link, then a file of its name', [link('canary', 'OUTSIDE/canary'), { name: 'canary', content: 'dead' }], (tree) => expect(lstatSync(`${tree}/canary`).isFile()).toBe(true)],
    ['a link, then a directory of its name', [link('d', 'OUTSIDE'), directory('d'), { name: 'd/canary', content: 'dead' }], (tree) => expect(readFileSync(`${tree}/d/canary`, 'utf8')).toBe('dead')],
    ['a directory, a file in it, then a link in its place and a file through it', [directory('d'), { name: 'd/a', content: 'a' }, link('d', '/'), { name: 'd/b', content: 'b' }], (tree) => expect(readdirSync(tree).sort()).toEqual(['b', 'd'])],
    ['a link to a link to outside', [link('a', 'b'), link('b', '/../..'), { name: 'a/tmp2', content: 'x' }], (tree) => expect(existsSync(`${tree}/tmp2`)).toBe(true)],
    ['a hard link to a link, then a write', [link('a', 'OUTSIDE/canary'), hard('b', 'a'), { name: 'b', content: 'dead' }], (tree) => expect(readFileSync(`${tree}/b`, 'utf8')).toBe('dead')],
    ['a whiteout through a link', [link('out', 'OUTSIDE'), directory('OUTSIDE'), { name: 'out/.wh.canary' }], () => {}],
    ['a mode for a link', [{ ...link('a', 'OUTSIDE/canary'), mode: 0o7777, uid: 5 }], () => {}],
    ['a device of the host', [{ name: 'disk', type: 'block', major: 8, minor: 0 }], (tree) => expect(lstatSync(`${tree}/disk`).isBlockDevice()).toBe(true)],
  ])('%s', async (_, members, look) => {
    await imported(members, look)
  })
})

describe('what makes no sense is refused, and nothing is left', () => {
  test.each<[string, Member[]]>([
    ['a hard link to outside', [hard('a', 'OUTSIDE/canary')]],
    ['a hard link that goes up', [hard('a', '../../../../../etc/passwd')]],
    ['a hard link through a link', [link('out', '/'), hard('a', 'out/etc/passwd')]],
    ['a hard link to a directory', [directory('d'), hard('a', 'd')]],
    ['a hard link to nothing', [hard('a', 'b')]],
    ['a hard link to the root', [hard('a', '/')]],
    ['a hard link that replaces its target\'s directory', [directory('d'), { name: 'd/f' }, hard('d', 'd/f')]],
    ['a link to itself on the way', [link('a', 'a'), { name: 'a/b' }]],
    ['a link to nowhere on the way', [link('a', 'nowhere'), { name: 'a/b' }]],
    ['a file on the way', [{ name: 'a', content: 'x' }, { name: 'a/b' }]],
    ['a file in place of the root', [{ name: './', content: 'x', type: 'symlink', linkName: '/' }]],
    ['a link without a target', [link('a', '')]],
    ['a whiteout of nothing', [{ name: '.wh.' }]],
    ['a whiteout of the directory', [{ name: 'a/.wh..' }]],
    ['a whiteout of the parent', [{ name: 'a/.wh...' }]],
    ['a name of 256 bytes', [{ name: 'x'.repeat(256) }]],
    ['a path of 5,000 bytes', [{ name: 'abcdefghi/'.repeat(500) }]],
    ['a path of 300 directories', [{ name: 'a/'.repeat(300) }]],
    ['a target of 5,000 bytes', [link('a', 'x'.repeat(5000))]],
  ])('%s', async (_, members) => {
    await expect(imported([{ name: 'good', content: 'x' }, ...members])).rejects.toMatchObject({ code: 'ERR_IMAGE_INVALID' })
  })

  test.each<[string, Buffer]>([
    ['no archive', Buffer.from('#!/bin/sh\n'.repeat(100))],
    ['nothing', Buffer.alloc(0)],
    ['damaged gzip', Buffer.concat([gzipSync(archive([{ name: 'a', content: 'x'.repeat(10_000) }])).subarray(0, 40), Buffer.alloc(40, 7)])],
    ['cut gzip', gzipSync(archive([{ name: 'a', content: Buffer.alloc(300_000, 'abc') }])).subarray(0, 100)],
  ])('%s', async (_, bytes) => {
    await expect(imported(bytes)).rejects.toMatchObject({ code: 'ERR_IMAGE_INVALID' })
  })

  test.each([['zstd', '28b52ffd'], ['xz', 'fd377a585a00'], ['bzip2', '425a6839']])('%s says what to do', async (name, magic) => {
    if (name === 'zstd' && 'createZstdDecompress' in (await import('node:zlib'))) return
    await expect(imported(Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(100)]))).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED', hint: expect.stringContaining(`${name} -d`) })
  })
})

describe('what is in a layer', () => {
  test('whiteouts and opaque directories are overlay\'s', async () => {
    await imported([{ name: 'etc/.wh.passwd' }, directory('opt'), { name: 'opt/.wh..wh..opq' }, { name: '.wh..wh.plnk' }, { name: '.wh.var' }, directory('var'), { name: 'var/new' }, directory('srv'), { name: '.wh.srv' }], (tree) => {
      const hidden = lstatSync(`${tree}/etc/passwd`)
      expect([hidden.isCharacterDevice(), hidden.rdev]).toEqual([true, 0])
      for (const path of ['opt', 'var', 'srv']) expect(getXattr(`${tree}/${path}`, 'trusted.overlay.opaque')?.toString(), path).toBe('y')
      expect(readdirSync(tree).sort()).toEqual(['etc', 'opt', 'srv', 'var'])
    })
  })

  test('attributes that would speak to the host are dropped', async () => {
    const xattrs = { 'trusted.overlay.opaque': 'y', 'trusted.overlay.redirect': '/etc', 'user.overlay.opaque': 'y', 'security.selinux': 'x', 'system.posix_acl_access': 'x', 'user.kept': 'yes', '': 'x' }
    await imported([{ ...directory('d'), xattrs }, { name: 'f', xattrs }], (tree) => {
      for (const path of ['d', 'f']) {
        for (const name of ['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.opaque']) expect(getXattr(`${tree}/${path}`, name)).toBeNull()
        expect(getXattr(`${tree}/${path}`, 'user.kept')!.toString()).toBe('yes')
      }
    })
  })

  test('of two members of one name the later one counts, and its links stay apart', async () => {
    await imported([{ name: 'a', content: 'one' }, hard('b', 'a'), { name: 'a', content: 'two' }, hard('b2', 'b'), hard('b', 'b2')], (tree) => {
      expect(readFileSync(`${tree}/a`, 'utf8')).toBe('two')
      expect(readFileSync(`${tree}/b`, 'utf8')).toBe('one')
      expect(statSync(`${tree}/b`).nlink).toBe(2)
    })
  })

  test('missing directories are made; a target is kept to the byte', async () => {
    const target = Buffer.from([0x2f, 0xff, 0xfe, 0x80])
    await imported([{ name: 'a/b/c/d', content: 'x' }, { name: 'l', type: 'symlink', linkName: target }], (tree) => {
      expect(statSync(`${tree}/a/b`).mode & 0o7777).toBe(0o755)
      expect(readlinkSync(`${tree}/l`, { encoding: 'buffer' })).toEqual(target)
    })
  })

  test('an archive of 10 kB that claims much takes no room', async () => {
    const bomb = gzipSync(archive([{ name: 'zeros', content: Buffer.alloc(64 << 20) }]), { level: 9 })
    await imported(bomb, (tree) => {
      expect(statSync(`${tree}/zeros`).size).toBe(64 << 20)
      expect(statSync(`${tree}/zeros`).blocks).toBe(0)
    })
  })
})

test('a full disk leaves nothing but the error', async () => {
  using temporary = temporaryStore()
  const { Image, store } = temporary
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', `${store.root}/layers`])
  try {
    const bytes = archive(Array.from({ length: 40 }, (_, index) => ({ name: `f${index}`, content: Buffer.alloc(100_000, 'x') })))
    await expect(Image.import(bytes)).rejects.toMatchObject({ code: 'ERR_DISK_FULL', errno: 28 })
    expect(readdirSync(`${store.root}/layers`)).toEqual([])
  } finally {
    execFileSync('umount', [`${store.root}/layers`])
  }
})

test('a directory with a loop of links, sockets and mounts is packed without following them', async () => {
  using temporary = temporaryStore()
  const { Image, directory: outside } = temporary
  const source = `${outside}/source`
  mkdirSync(`${source}/mounted`, { recursive: true })
  execFileSync('ln', ['-s', '.', `${source}/loop`])
  execFileSync('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', `${source}/socket`])
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${source}/mounted`])
  try {
    writeFileSync(`${source}/mounted/file`, 'x')
    const { layers: [layer] } = await (await Image.import(source)).inspect()
    expect(readdirSync(layer!.path).sort()).toEqual(['loop', 'mounted'])
    expect(readdirSync(`${layer!.path}/mounted`)).toEqual([])
  } finally {
    execFileSync('umount', [`${source}/mounted`])
  }
})
