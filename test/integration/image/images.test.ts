import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { resolveRootfs } from '../../../lib/image/index.js'
import { newId, type Store } from '../../../lib/store/index.js'
import { archive } from '../../unit/image/archive.js'
import { temporaryStore } from './roots.js'

const layer = (content: string) => archive([{ name: 'file', content }])

function container(store: Store, imageId: string): string {
  const id = newId()
  mkdirSync(store.containerDirectory(id))
  writeFileSync(`${store.containerDirectory(id)}/config.json`, JSON.stringify({ id, imageId }))
  return id
}

describe('names', () => {
  test('all ways to write a name, the id and the beginning of it find the image', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const image = await Image.import(layer('a'), { name: 'bb', message: 'hi', changes: ['LABEL a=b'], platform: 'linux/arm64/v8' })
    expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(image).toMatchObject({ tags: ['bb:latest'], digest: null, config: { Labels: { a: 'b' } } })
    for (const name of ['bb', 'bb:latest', 'docker.io/library/bb', 'docker.io/bb:latest', image.id, image.id.slice(7), image.id.slice(7, 19), image.id.slice(0, 20)]) {
      expect((await Image.get(name)).id).toBe(image.id)
      expect(resolveRootfs(store, name).imageId).toBe(image.id)
    }
    expect(await image.inspect()).toMatchObject({ os: 'linux', architecture: 'arm64', variant: 'v8', comment: 'hi', sizeBytes: 1, createdAt: expect.any(Date), tags: ['bb:latest'] })
    expect(await image.history()).toEqual([{ created: expect.any(String), comment: 'hi', sizeBytes: 1 }])
    expect(store.journal.read().map((event) => `${event.action} ${event.attributes.name}`)).toEqual(['import bb:latest', 'tag bb:latest'])
  })

  test('a name moves to another image, and what was resolved before is resolved anew', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const first = await Image.import(layer('a'), { name: 'bb' })
    expect(resolveRootfs(store, 'bb').imageId).toBe(first.id)
    const second = await Image.import(layer('b'), { name: 'bb' })
    expect(resolveRootfs(store, 'bb').imageId).toBe(second.id)
    expect(first.tags).toEqual([])
    await first.tag('old:1')
    expect((await Image.get('old:1')).id).toBe(first.id)
    await second.remove()
    expect(() => resolveRootfs(store, 'bb')).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_NOT_FOUND', hint: expect.stringContaining('Image.import') }))
  })

  test.each(['nothing', 'nothing:1', 'abcdef', `sha256:${'0'.repeat(64)}`, '0'.repeat(64), `x@sha256:${'0'.repeat(64)}`])('%s is not found', async (name) => {
    using temporary = temporaryStore()
    await expect(temporary.Image.get(name)).rejects.toMatchObject({ code: 'ERR_IMAGE_NOT_FOUND' })
    expect(() => resolveRootfs(temporary.store, name)).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_NOT_FOUND' }))
  })

  test.each([{ name: 'host' }, { name: 'docker.io/library/host:latest' }, { name: 'Bad' }, { name: `a@sha256:${'0'.repeat(64)}` }, { nope: 1 }, { changes: ['RUN x'] }, { platform: 'windows/amd64' }, { platform: 'x/y/z/w' }, { limits: { depth: 0 } }, { onProgress: 1 }])('import with %j is refused before anything is done', async (options) => {
    using temporary = temporaryStore()
    await expect(temporary.Image.import(layer('a'), options as object)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect(readdirSync(`${temporary.store.root}/layers`)).toEqual([])
  })

  test('sources that are none', async () => {
    using temporary = temporaryStore()
    const { Image } = temporary
    await expect(Image.import('/does/not/exist')).rejects.toMatchObject({ code: 'ERR_PATH_NOT_FOUND' })
    await expect(Image.import('/dev/null')).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(Image.import('')).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(Image.import(7 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(Image.import(Readable.from([{ a: 1 }]))).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(Image.import(new Readable({ read() { this.destroy(new Error('cable cut')) } }))).rejects.toThrow(/cable cut/)
  })

  test.each(['pull', 'build', 'load', 'search'] as const)('%s says that it comes later', async (verb) => {
    using temporary = temporaryStore()
    await expect(temporary.Image[verb]('x')).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED', hint: expect.stringContaining('Image.import') })
  })
})

describe('the end of images', () => {
  test('the last name takes the image and the layers that no other image has', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const one = await Image.import(layer('same'), { name: 'one', message: '1' })
    const two = await Image.import(layer('same'), { name: 'two', message: '2' })
    await one.tag('uno')
    await expect((await Image.get(one.id)).remove()).rejects.toMatchObject({ code: 'ERR_IMAGE_IN_USE' })
    expect(await (await Image.get('uno')).remove()).toEqual({ untagged: ['uno:latest'], deleted: [], reclaimedBytes: 0 })
    expect(await (await Image.get('one')).remove()).toEqual({ untagged: ['one:latest'], deleted: [one.id], reclaimedBytes: 0 })
    await expect(one.remove()).rejects.toMatchObject({ code: 'ERR_IMAGE_NOT_FOUND' })
    const { layers: [shared] } = await two.inspect()
    expect(await (await Image.get(two.id)).remove({ force: true })).toEqual({ untagged: ['two:latest'], deleted: [two.id, shared!.diffId], reclaimedBytes: 4 })
    expect(readdirSync(`${store.root}/layers`)).toEqual([])
    expect(await Image.list()).toEqual([])
  })

  test('an image that containers use stays', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const image = await Image.import(layer('a'), { name: 'used' })
    const id = container(store, image.id)
    await expect(image.remove()).rejects.toMatchObject({ code: 'ERR_IMAGE_IN_USE', message: expect.stringContaining(id.slice(0, 12)) })
    expect(await image.remove({ force: true })).toEqual({ untagged: ['used:latest'], deleted: [], reclaimedBytes: 0 })
    expect(await Image.prune({ all: true })).toEqual({ untagged: [], deleted: [], reclaimedBytes: 0 })
    rmSync(store.containerDirectory(id), { recursive: true })
    expect((await Image.prune()).deleted).toContain(image.id)
    expect(readdirSync(`${store.root}/layers`)).toEqual([])
  })

  test('prune and list take filters', async () => {
    using temporary = temporaryStore()
    const { Image } = temporary
    const a = await Image.import(layer('a'), { name: 'app:1', changes: ['LABEL keep=no tier=x'] })
    const b = await Image.import(layer('b'), { name: 'user/app:2', changes: ['LABEL keep=yes'] })
    const c = await Image.import(layer('c'))
    const ids = async (filters: object) => (await Image.list({ filters })).map((image) => image.id).sort()
    expect(await ids({})).toEqual([a.id, b.id, c.id].sort())
    expect(await ids({ dangling: true })).toEqual([c.id])
    expect(await ids({ reference: 'app' })).toEqual([a.id])
    expect(await ids({ reference: ['*/app', 'docker.io/library/app:1'] })).toEqual([a.id, b.id].sort())
    expect(await ids({ reference: 'app:2' })).toEqual([])
    expect(await ids({ label: ['keep', 'tier=x'] })).toEqual([a.id])
    await expect(Image.list({ filters: { nope: 1 } as object })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect((await Image.prune({ all: true, filters: { label: ['keep=no'] } })).deleted).toContain(a.id)
    expect((await Image.prune({ filters: { until: '1h' } })).deleted).toEqual([])
    expect((await Image.prune()).deleted).toContain(c.id)
    expect(await ids({})).toEqual([b.id])
  })
})

describe('faults', () => {
  test('an import that is aborted leaves nothing', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const controller = new AbortController()
    const endless = Readable.from((function* () {
      yield layer('x').subarray(0, 512)
      for (;;) yield Buffer.alloc(65536)
    })())
    const big = Readable.from((function* () {
      yield archive([{ name: 'big', content: 'x' }]).subarray(0, 512)
      for (let index = 0; index < 100; index++) yield Buffer.alloc(1 << 16, 1)
    })())
    const importing = Image.import(endless, { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    await expect(importing).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(Image.import(layer('a'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(Image.import(big)).rejects.toMatchObject({ code: 'ERR_IMAGE_INVALID' })
    expect(readdirSync(`${store.root}/layers`)).toEqual([])
  })

  test('what a killed import left is swept by the next one, what a living one makes is not', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    mkdirSync(`${store.root}/layers/.import-0123456789abcdef/tree/deep`, { recursive: true })
    mkdirSync(`${store.root}/layers/.import-fedcba9876543210`)
    const living = spawn('flock', ['--no-fork', `${store.root}/layers/.import-fedcba9876543210`, 'sh', '-c', 'echo ready; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(living.stdout, 'data')
    await Image.import(layer('a'), { name: 'kept' })
    expect(readdirSync(`${store.root}/layers`).filter((name) => name.startsWith('.'))).toEqual(['.import-fedcba9876543210'])
    living.kill()
    await once(living, 'exit')
    await Image.prune()
    expect(readdirSync(`${store.root}/layers`)).toHaveLength(1)
  })

  test('a damaged configuration and a missing layer are said', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    const image = await Image.import(layer('a'), { name: 'bb' })
    rmSync((await image.inspect()).layers[0]!.path, { recursive: true })
    expect(() => resolveRootfs(store, 'bb')).toThrow(expect.objectContaining({ code: 'ERR_IMAGE_INVALID', message: expect.stringContaining('missing') }))
    writeFileSync(`${store.root}/images/${image.id.slice(7)}.json`, '{}')
    await expect(Image.get('bb')).rejects.toMatchObject({ code: 'ERR_IMAGE_INVALID', message: expect.stringContaining('damaged') })
  })

  test('many imports at once, of the same and of different content', async () => {
    using temporary = temporaryStore()
    const { Image, store } = temporary
    await Promise.all(Array.from({ length: 12 }, (_, index) => Image.import(layer(`content ${index % 3}`), { name: `image:${index}` })))
    expect(readdirSync(`${store.root}/layers`)).toHaveLength(3)
    expect(await Image.list()).toHaveLength(new Set((await Image.list()).map((image) => image.id)).size)
    expect((await Image.list()).flatMap((image) => image.tags)).toHaveLength(12)
  })
})

describe('the host image', () => {
  test('is there, holds no secret, and runs the host\'s programs', async () => {
    using temporary = temporaryStore()
    const { Image, store, directory } = temporary
    const image = await Image.host()
    expect(image).toMatchObject({ tags: ['host:latest'], config: { Cmd: ['/bin/sh'], Env: [expect.stringMatching(/^PATH=/)] } })
    expect((await Image.get('host')).id).toBe(image.id)
    expect((await image.inspect()).sizeBytes).toBe(0)
    const rootfs = resolveRootfs(store, 'host:latest')
    const [tree] = rootfs.layers as [string]
    expect(rootfs.mounts).toContainEqual({ source: '/usr', target: '/usr', readOnly: true })
    for (const empty of ['root', 'home', 'run', 'proc', 'sys', 'dev', 'tmp', 'opt', 'srv', 'var/log', 'var/lib']) expect(readdirSync(`${tree}/${empty}`), empty).toEqual([])
    const etc = readdirSync(`${tree}/etc`)
    for (const secret of ['shadow', 'gshadow', 'ssh', 'sudoers', 'machine-id', 'fstab', 'passwd-', 'ldap', 'npmrc', 'pip.conf', 'gitconfig', 'postgresql', 'environment']) expect(etc).not.toContain(secret)
    expect(readdirSync(`${tree}/etc/ssl`)).not.toContain('private')
    expect(readFileSync(`${tree}/etc/passwd`, 'utf8')).toMatch(/^root:x:0:0:root:\/root:\/bin\/sh\n[\s\S]*nobody/)
    const mount = `mount --bind "$1" "$1" && mount --bind /usr "$1/usr" && exec chroot "$1" /bin/sh -c 'node -p 6*7; python3 -c "import ssl, json; print(ssl.create_default_context().cert_store_stats()[\\"x509_ca\\"] > 10)"; id -un; ls /root'`
    const { stdout } = await promisify(execFile)('unshare', ['-m', '--propagation', 'private', 'sh', '-c', mount, 'sh', tree])
    expect(stdout.split('\n').slice(0, 3)).toEqual(['42', 'True', 'root'])
    await expect(image.remove()).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(image.tag('x')).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    expect(directory).toBeTruthy()
  })

  test('is made again when its layer is gone; layers of an earlier host go unless they are used', () => {
    using temporary = temporaryStore()
    const { store } = temporary
    const boot = store.bootId.slice(0, 8)
    const old = `${store.root}/images/host-${'0'.repeat(16)}-${boot}`
    const used = `${store.root}/images/host-${'1'.repeat(16)}-${boot}`
    for (const path of [old, used, `${store.root}/images/.host-abcdef`]) mkdirSync(path)
    utimesSync(`${store.root}/images/.host-abcdef`, 1, 1)
    container(store, `sha256:${'1'.repeat(64)}`)
    const { layers } = resolveRootfs(store, 'host')
    expect(readdirSync(`${store.root}/images`).filter((name) => name.includes('host')).sort()).toEqual([used, layers[0]!].map((path) => path.slice(path.lastIndexOf('/') + 1)).sort())
    rmSync(layers[0]!, { recursive: true })
    expect(resolveRootfs(store, 'host').layers).toEqual(layers)
    expect(readdirSync(layers[0]!)).toContain('etc')
  })

  test('is made again after a boot, which may have torn it, and the earlier one goes although a container is made from it', () => {
    using temporary = temporaryStore()
    const { store } = temporary
    const rootfs = resolveRootfs(store, 'host')
    container(store, rootfs.imageId)
    const layer = rootfs.layers[0]!
    const earlier = layer.replace(store.bootId.slice(0, 8), 'ffffffff')
    renameSync(layer, earlier)
    rmSync(`${earlier}/etc`, { recursive: true })
    expect(resolveRootfs(store, 'host').layers).toEqual([layer])
    expect(readdirSync(layer)).toContain('etc')
    expect(existsSync(earlier)).toBe(false)
  })
})
