import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMergedFile, resolveUser } from '../../../lib/image/index.js'
import { setXattr } from '../../../lib/native/index.js'

const scratch = mkdtempSync(join(tmpdir(), 'gantry-accounts-'))
afterAll(() => void execFileSync('rm', ['-rf', scratch]))

let count = 0

/** A layer of files; a text that begins with -> is a link, 'whiteout' a whiteout. */
function layer(files: Record<string, string>): string {
  const path = join(scratch, String(count++))
  mkdirSync(path)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    if (content.startsWith('->')) symlinkSync(content.slice(2), join(path, name))
    else if (content === 'whiteout') execFileSync('mknod', [join(path, name), 'c', '0', '0'])
    else writeFileSync(join(path, name), content)
  }
  return path
}

const base = layer({
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n# comment\nbroken\nbad:x:99999999999:0::/:\nuser:x:1000:1001:A user:/home/user:/bin/sh\n1234:x:7:7::/:\nnohome:x:8:8:::\n',
  'etc/group': 'root:x:0:\nusers:x:1001:\nwheel:x:10:user,root\nextra:x:50:other,user\n5:x:99:user\n',
})

describe('users', () => {
  const rootfs = { layers: [base] }
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root', name: 'root' }],
    ['user', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 50, 99], home: '/home/user', name: 'user' }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 50, 99], home: '/home/user', name: 'user' }],
    ['user:wheel', { uid: 1000, gid: 10, additionalGids: [10], home: '/home/user', name: 'user' }],
    ['user:0', { uid: 1000, gid: 0, additionalGids: [0], home: '/home/user', name: 'user' }],
    ['4242', { uid: 4242, gid: 0, additionalGids: [0], home: '/', name: '' }],
    ['4242:17', { uid: 4242, gid: 17, additionalGids: [17], home: '/', name: '' }],
    ['1234', { uid: 1234, gid: 0, additionalGids: [0], home: '/', name: '' }],
    ['user:5', { uid: 1000, gid: 5, additionalGids: [5], home: '/home/user', name: 'user' }],
    ['4294967294', { uid: 4294967294, gid: 0, additionalGids: [0], home: '/', name: '' }],
    ['nohome', { uid: 8, gid: 8, additionalGids: [8], home: '/', name: 'nohome' }],
    [':wheel', { uid: 0, gid: 10, additionalGids: [10], home: '/root', name: 'root' }],
  ])('%j', (text, expected) => {
    expect(resolveUser(rootfs, text)).toEqual(expected)
  })

  test('groups are added', () => {
    expect(resolveUser(rootfs, 'user:wheel', ['extra', 77, '10']).additionalGids).toEqual([10, 50, 77])
    expect(() => resolveUser(rootfs, '', ['nope'])).toThrow(expect.objectContaining({ code: 'ERR_USER_NOT_FOUND' }))
  })

  test.each([['nobody', 'ERR_USER_NOT_FOUND'], ['user:nope', 'ERR_USER_NOT_FOUND'], ['bad', 'ERR_USER_NOT_FOUND'], ['4294967295', 'ERR_INVALID_OPTION'], ['18446744073709551616', 'ERR_INVALID_OPTION'], ['0:4294967295', 'ERR_INVALID_OPTION'], ['-1', 'ERR_USER_NOT_FOUND'], ['a:b:c', 'ERR_INVALID_OPTION'], ['a\nb', 'ERR_INVALID_OPTION'], ['x'.repeat(600), 'ERR_INVALID_OPTION'], ['0x0', 'ERR_USER_NOT_FOUND']])('%j is refused', (text, code) => {
    expect(() => resolveUser(rootfs, text)).toThrow(expect.objectContaining({ code }))
  })

  test('an image without files has ids only', () => {
    const none = { layers: [layer({})] }
    expect(resolveUser(none)).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: '/', name: '' })
    expect(() => resolveUser(none, 'root')).toThrow(expect.objectContaining({ code: 'ERR_USER_NOT_FOUND' }))
  })

  test('a file of 2 MiB is refused', () => {
    expect(() => resolveUser({ layers: [layer({ 'etc/passwd': 'x'.repeat(2 << 20) })] })).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }))
  })
})

describe('files through layers', () => {
  const read = (layers: string[], path = '/etc/passwd') => readMergedFile(layers, path, 1 << 20)?.toString()
  writeFileSync(`${scratch}/outside`, 'outside')

  test.each<[string, string[], string | undefined]>([
    ['the top one counts', [layer({ 'etc/passwd': 'top' }), layer({ 'etc/passwd': 'low' })], 'top'],
    ['a lower one is seen', [layer({ 'etc/other': 'x' }), layer({ 'etc/passwd': 'low' })], 'low'],
    ['a whiteout hides a file', [layer({ 'etc/passwd': 'whiteout' }), layer({ 'etc/passwd': 'low' })], undefined],
    ['a whiteout hides a directory', [layer({ etc: 'whiteout' }), layer({ 'etc/passwd': 'low' })], undefined],
    ['a file hides a directory', [layer({ etc: 'file' }), layer({ 'etc/passwd': 'low' })], undefined],
    ['a link leads to a lower layer', [layer({ 'etc/passwd': '->../usr/lib/passwd' }), layer({ 'usr/lib/passwd': 'linked' })], 'linked'],
    ['an absolute link stays inside', [layer({ 'etc/passwd': `->${scratch}/outside` })], undefined],
    ['a link that goes up stays inside', [layer({ 'etc/passwd': '->../../../../../../real', real: 'inside' })], 'inside'],
    ['a link in place of a directory', [layer({ etc: '->usr/etc' }), layer({ 'usr/etc/passwd': 'x', 'etc/passwd': 'hidden' })], 'x'],
  ])('%s', (_, layers, expected) => {
    expect(read(layers)).toBe(expected)
  })

  test('an opaque directory hides what lies below', () => {
    const top = layer({ 'etc/other': 'x' })
    setXattr(`${top}/etc`, 'trusted.overlay.opaque', Buffer.from('y'))
    expect(read([top, layer({ 'etc/passwd': 'low' })])).toBeUndefined()
    expect(read([top, layer({ 'etc/passwd': 'low' })], 'etc/other')).toBe('x')
  })

  test('loops and what is no file are errors, not hangs', () => {
    expect(() => read([layer({ 'etc/passwd': '->passwd' })])).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }))
    expect(() => read([layer({ 'etc/passwd/x': '' })])).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }))
    const pipe = layer({ 'etc/x': '' })
    execFileSync('mkfifo', [`${pipe}/etc/passwd`])
    expect(() => read([pipe])).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }))
  })
})
