import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { MIB, make, mountAt, sandbox } from './subject.js'

const directory = mkdtempSync(join(tmpdir(), 'gantry-spec-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('mounts', () => {
  test('a parent is mounted before its child, and the order of equals is kept', () => {
    const mounts = ['/a/b/c', '/z', '/a', '/a/b'].map((target) => ({ type: 'tmpfs', target }))
    const own = make({ mounts, tmpfs: ['/a/c'] })
      .mounts?.map(({ destination }) => destination)
      .slice(7)
    expect(own).toEqual(['/z', '/a', '/a/b', '/a/c', '/a/b/c'])
  })
  test("the user's replace the default ones", () => {
    const spec = make({ mounts: [{ type: 'tmpfs', target: '/dev/shm', size: '1m' }] })
    expect(spec.mounts?.filter(({ destination }) => destination === '/dev/shm')).toEqual([
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['noexec', 'nosuid', 'nodev', 'mode=1777', `size=${MIB}`],
      },
    ])
    const dev = make({ mounts: [{ type: 'bind', source: '/dev', target: '/dev' }] }).mounts?.filter(({ destination }) =>
      destination.startsWith('/dev'),
    )
    expect(dev?.map(({ destination }) => destination)).toEqual(['/dev'])
  })
  test('binds say what they are', () => {
    const bind = { type: 'bind', source: directory, target: '/x' }
    const options = (mount: object, rest: object = {}) =>
      mountAt(make({ ...rest, mounts: [{ ...bind, ...mount }] }), '/x')?.options
    expect(options({})).toEqual(['rbind', 'rprivate'])
    expect(options({ readOnly: true })).toEqual(['rbind', 'rprivate', 'rro'])
    expect(options({ readOnly: true, recursive: false })).toEqual(['bind', 'private', 'ro'])
    expect(options({}, sandbox)).toEqual(['rbind', 'rprivate', 'rnodev', 'ridmap'])
    expect(options({ idmap: false }, sandbox)).toEqual(['rbind', 'rprivate', 'rnodev'])
    expect(options({ propagation: 'rslave' })).toEqual(['rbind', 'rslave'])
    expect(make({ mounts: [{ ...bind, propagation: 'rslave' }] }).linux?.rootfsPropagation).toBe('slave')
    expect(make({ mounts: [{ ...bind, propagation: 'shared' }] }).linux?.rootfsPropagation).toBe('shared')
    expect(make({ mounts: [bind] }).linux).not.toHaveProperty('rootfsPropagation')
  })
  test('a missing source is an error, unless it is to be made', () => {
    const bind = { type: 'bind', source: join(directory, 'new/one'), target: '/x' }
    expect(() => make({ mounts: [bind] })).toThrow(
      expect.objectContaining({
        code: 'ERR_MOUNT',
        path: bind.source,
        hint: expect.stringContaining('createSource: true'),
      }),
    )
    make({ mounts: [{ ...bind, createSource: true }] })
    expect(statSync(bind.source).isDirectory()).toBe(true)
    writeFileSync(join(directory, 'file'), '')
    expect(() => make({ mounts: [{ ...bind, source: join(directory, 'file/x') }] })).toThrow(
      expect.objectContaining({ code: 'ERR_MOUNT' }),
    )
  })
  test("tmpfs has Docker's defaults and what undoes them", () => {
    const spec = make({ tmpfs: { '/a': '', '/b': 'exec,size=64m,ro', '/c': 'size=1m,size=2m,rw,ro' } })
    expect(mountAt(spec, '/a')?.options).toEqual(['noexec', 'nosuid', 'nodev'])
    expect(mountAt(spec, '/b')?.options).toEqual(['nosuid', 'nodev', 'exec', 'size=64m', 'ro'])
    expect(mountAt(spec, '/c')?.options).toEqual(['noexec', 'nosuid', 'nodev', 'size=2m', 'ro'])
  })
  test("the image's parts come first, its names last", () => {
    const rootfs = { mounts: [{ source: '/usr', target: '/usr', readOnly: true }] }
    const files = { hosts: '/h/hosts', hostname: '/h/hostname', resolvConf: '/h/resolv.conf' }
    const spec = make({ mounts: [{ type: 'tmpfs', target: '/etc/hosts' }] }, { rootfs, files })
    expect(spec.mounts?.[0]).toEqual({
      destination: '/usr',
      type: 'bind',
      source: '/usr',
      options: ['rbind', 'rprivate', 'ro'],
    })
    expect(mountAt(spec, '/etc/hosts')?.type).toBe('tmpfs')
    expect(mountAt(spec, '/etc/resolv.conf')).toEqual({
      destination: '/etc/resolv.conf',
      type: 'bind',
      source: '/h/resolv.conf',
      options: ['bind', 'private'],
    })
    expect(mountAt(make({ readOnly: true }, { files }), '/etc/hostname')?.options).toContain('ro')
    expect(make({ readOnly: true }).root).toEqual({ path: 'rootfs', readonly: true })
  })
  test('shared memory goes with the IPC namespace', () => {
    expect(mountAt(make({ ipc: 'none' }), '/dev/shm')).toBeUndefined()
    expect(mountAt(make({ ipc: 'host' }), '/dev/shm')).toMatchObject({ type: 'bind', source: '/dev/shm' })
    expect(mountAt(make({ shmSize: '1g' }), '/dev/shm')?.options).toContain(`size=${1024 * MIB}`)
  })
})
