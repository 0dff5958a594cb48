import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, createReadStream, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { getXattr, listXattr, setXattr } from '../../../lib/native/index.js'
import { resolveRootfs } from '../../../lib/image/index.js'
import { debianRoot } from './debian-root.js'
import { describeTree, differences } from './describe-tree.js'
import { temporaryStore } from './roots.js'

/** A root with all that is odd in a file system. */
function makeRoot(path: string): string {
  for (const directory of ['bin', 'etc', 'dev', 'tmp', 'empty', 'home/user']) mkdirSync(`${path}/${directory}`, { recursive: true })
  copyFileSync('/bin/busybox', `${path}/bin/busybox`)
  for (const applet of ['sh', 'true', 'cat']) symlinkSync('busybox', `${path}/bin/${applet}`)
  linkSync(`${path}/bin/busybox`, `${path}/bin/box`)
  writeFileSync(`${path}/bin/su`, '#!')
  chownSync(`${path}/bin/su`, 7, 8)
  chmodSync(`${path}/bin/su`, 0o6755)
  chmodSync(`${path}/tmp`, 0o1777)
  writeFileSync(`${path}/etc/passwd`, 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1001::/home/user:/bin/sh\n')
  writeFileSync(`${path}/etc/group`, 'root:x:0:\nusers:x:1001:\nextra:x:50:user\n')
  chownSync(`${path}/home/user`, 1000, 1001)
  symlinkSync('/nowhere/at/all', `${path}/dangling`)
  symlinkSync('../../../../etc', `${path}/outward`)
  execFileSync('mknod', [`${path}/dev/null`, 'c', '1', '3'])
  execFileSync('mkfifo', ['-m', '600', `${path}/pipe`])
  writeFileSync(Buffer.concat([Buffer.from(`${path}/etc/bytes-`), Buffer.from([0xff, 0xfe])]), 'name of bytes')
  writeFileSync(`${path}/${'n'.repeat(255)}`, 'long')
  mkdirSync(`${path}/${Array.from({ length: 20 }, () => 'd'.repeat(100)).join('/')}`, { recursive: true })
  writeFileSync(`${path}/sparse`, '')
  truncateSync(`${path}/sparse`, 50_000_000)
  setXattr(`${path}/etc/passwd`, 'user.note', Buffer.from('kept'))
  setXattr(`${path}/etc/passwd`, 'trusted.evil', Buffer.from('dropped'))
  // cap_net_raw+ep, as setcap writes it.
  setXattr(`${path}/bin/su`, 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'))
  execFileSync('touch', ['-h', '-d', '2001-02-03T04:05:06.123456789Z', `${path}/etc/passwd`, `${path}/dangling`, `${path}/empty`])
  return path
}

describe('a root with busybox', () => {
  test('a directory, its archive in several ways, a stream and bytes make the same tree', async () => {
    using temporary = temporaryStore()
    const { Image, store, directory } = temporary
    mkdirSync(`${directory}/source`)
    const source = makeRoot(`${directory}/source`)
    const original = describeTree(source)
    const tar = execFileSync('tar', ['-C', source, '--format=pax', '--xattrs', '--xattrs-include=*', '--numeric-owner', '-cf', '-', '.'], { maxBuffer: 1 << 27 })
    writeFileSync(`${directory}/root.tar`, tar)
    writeFileSync(`${directory}/root.tar.gz`, gzipSync(tar))
    const gnu = execFileSync('tar', ['-C', source, '--format=gnu', '--sparse', '-cf', '-', '.'], { maxBuffer: 1 << 27 })
    const sources = { directory: source, file: `${directory}/root.tar`, gzip: `${directory}/root.tar.gz`, stream: createReadStream(`${directory}/root.tar`), bytes: tar, slow: Readable.from(slices(tar, 10_007)) }
    const layers = new Map<string, string>()
    for (const [kind, from] of Object.entries(sources)) {
      const image = await Image.import(from, { name: `bb:${kind}` })
      const { layers: [layer] } = await image.inspect()
      expect(describeTree(layer!.path), kind).toEqual(original)
      expect(differences(source, layer!.path), kind).toBe('')
      layers.set(kind, layer!.diffId)
      expect(listXattr(`${layer!.path}/etc/passwd`).filter((name) => !name.startsWith('security.'))).toEqual(['user.note'])
      expect(getXattr(`${layer!.path}/etc/passwd`, 'user.note')!.toString()).toBe('kept')
      expect(getXattr(`${layer!.path}/bin/su`, 'security.capability')).toEqual(getXattr(`${source}/bin/su`, 'security.capability'))
      expect(statSync(`${layer!.path}/sparse`).blocks).toBeLessThan(100)
    }
    expect(new Set([...layers.values()]).size).toBe(2)
    expect(readdirSync(`${store.root}/layers`)).toHaveLength(2)
    const image = await Image.import(gnu)
    const seconds = (lines: string[]) => lines.map((line) => line.replace(/\.\d{10}/, ''))
    expect(seconds(describeTree((await image.inspect()).layers[0]!.path))).toEqual(seconds(original))
  })

  test('its files run in an overlay of the layers', async () => {
    using temporary = temporaryStore()
    const { Image, store, directory } = temporary
    mkdirSync(`${directory}/source`)
    await Image.import(makeRoot(`${directory}/source`), { name: 'bb', changes: ['CMD ["/bin/cat","/etc/group"]', 'ENV A=1'] })
    const rootfs = resolveRootfs(store, 'docker.io/library/bb:latest')
    expect(rootfs).toMatchObject({ imageName: 'bb:latest', mounts: [], config: { Cmd: ['/bin/cat', '/etc/group'], Env: [expect.stringMatching(/^PATH=/), 'A=1'] } })
    expect(execFileSync('chroot', [rootfs.layers[0]!, ...rootfs.config.Cmd!], { encoding: 'utf8' })).toContain('extra')
    expect(resolveRootfs(store, 'bb')).toBe(resolveRootfs(store, 'bb'))
  })
})

test('a Debian root from debootstrap comes out as it went in', async () => {
  const debian = debianRoot()
  using temporary = temporaryStore()
  const { Image, store } = temporary
  const progress: number[] = []
  const image = await Image.import(debian, { name: 'debian:12', onProgress: ({ bytes }) => progress.push(bytes) })
  const { layers: [layer], sizeBytes } = await image.inspect()
  expect(describeTree(layer!.path)).toEqual(describeTree(debian))
  expect(differences(debian, layer!.path)).toBe('')
  expect(sizeBytes).toBeGreaterThan(100_000_000)
  expect(progress).toEqual([...progress].sort((a, b) => a - b))
  const again = await Image.import(debian)
  expect((await again.inspect()).layers).toEqual([layer])
  expect(readdirSync(`${store.root}/layers`)).toHaveLength(1)
  expect(readFileSync(`${layer!.path}/etc/debian_version`, 'utf8')).toMatch(/^12/)
}, 900_000)

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}
