import { describe, expect, test } from 'vitest'
import { machine } from '../../../../lib/container/options.js'
import { availableCapabilities, compatCapabilities, limitResources } from '../../../../lib/container/spec/index.js'
import { app, MIB, make, mountAt, sandbox } from './subject.js'

describe('capabilities', () => {
  const bounding = (options: object) => make(options).process?.capabilities?.bounding
  test('are added and dropped as Docker does', () => {
    expect(bounding({ capAdd: ['SYS_TIME'], capDrop: ['chown', 'CAP_KILL'] })).toEqual([
      ...compatCapabilities.filter((name) => name !== 'CAP_CHOWN' && name !== 'CAP_KILL'),
      'CAP_SYS_TIME',
    ])
    expect(bounding({ capDrop: ['ALL'], capAdd: ['KILL'] })).toEqual(['CAP_KILL'])
    expect(bounding({ capDrop: ['ALL'] })).toEqual([])
    expect(bounding({ capAdd: ['ALL'], capDrop: ['SYS_ADMIN'] })).toEqual(
      availableCapabilities(false).filter((name) => name !== 'CAP_SYS_ADMIN'),
    )
    expect(bounding({ capAdd: ['KILL'], capDrop: ['KILL'] })).toContain('CAP_KILL')
    expect(bounding({ privileged: true })).toEqual(availableCapabilities(false))
  })
  test("are everything in a user namespace of one's own", () =>
    expect(bounding({ ...sandbox, capAdd: ['ALL'] })).toHaveLength(machine().lastCapability + 1))
  test('cannot be handed on by who has them not', () => {
    const missing = availableCapabilities(true).find((name) => !availableCapabilities(false).includes(name))
    if (missing === undefined) return expect(availableCapabilities(false)).toEqual(availableCapabilities(true))
    expect(() => bounding({ capAdd: [missing] })).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_SUPPORTED', message: expect.stringContaining(missing) }),
    )
  })
  test('a user who is not root starts with none', () => {
    expect(make({}, { user: app }).process).toMatchObject({
      user: { uid: 1000, gid: 1000, additionalGids: [44] },
      capabilities: { bounding: compatCapabilities, effective: [], permitted: [], inheritable: [], ambient: [] },
    })
  })
})

describe('devices', () => {
  const zero = { type: 'c', path: '/dev/nothing', major: 1, minor: 5 }
  test('are made, and may be used as was said', () => {
    const spec = make({ devices: ['/dev/zero:/dev/nothing:r'], deviceCgroupRules: ['c 42:* rm'] })
    expect(spec.linux?.devices?.at(-1)).toMatchObject(zero)
    expect(spec.linux?.resources?.devices?.slice(-2)).toEqual([
      { allow: true, type: 'c', major: 1, minor: 5, access: 'r' },
      { allow: true, type: 'c', major: 42, access: 'rm' },
    ])
  })
  test('are bound in a user namespace', () => {
    const spec = make({ ...sandbox, devices: ['/dev/zero:/dev/nothing'] })
    expect(mountAt(spec, '/dev/nothing')).toMatchObject({ type: 'bind', source: '/dev/zero' })
    expect(spec.linux?.devices).toHaveLength(6)
  })
  test.each([
    ['/dev/no-such', 'there is no device /dev/no-such on the host'],
    ['/etc/passwd', '/etc/passwd is not a device'],
    [import.meta.dirname, 'has no device in it'],
  ])('%s is none', (path, message) => {
    expect(() => make({ devices: [path] })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(message) }),
    )
  })
  test('a rate needs a block device', () =>
    expect(() => make({ deviceReadBps: [{ path: '/dev/null', rate: 1 }] })).toThrow(
      'deviceReadBps: /dev/null is not a block device',
    ))
})

describe('resources', () => {
  test('are those that were named', () => {
    expect(limitResources({}, 'compat')).toEqual({})
    expect(limitResources({ memory: 64 * MIB }, 'compat')).toEqual({ memory: { limit: 64 * MIB, swap: 128 * MIB } })
    expect(limitResources({ memory: 64 * MIB, memorySwap: -1 }, 'sandbox')).toEqual({
      memory: { limit: 64 * MIB, swap: -1 },
    })
    expect(limitResources({ cpus: 1.5, cpuShares: 512, cpusetCpus: '0' }, 'compat')).toEqual({
      cpu: { shares: 512, quota: 150_000, period: 100_000, cpus: '0' },
    })
    expect(limitResources({ pidsLimit: -1, blkioWeight: 10 }, 'compat')).toEqual({
      pids: { limit: -1 },
      blockIO: { weight: 10 },
    })
  })
})

describe('resource limits', () => {
  const limit = (options: object, type: string) => make(options).process?.rlimits?.find((each) => each.type === type)
  test('that are defaults never ask for more than this process has', () => {
    const { soft, hard } = limit({}, 'RLIMIT_NOFILE')!
    expect(hard).toBe(Math.min(524_288, machine().limits.nofile!.hard))
    expect(soft).toBe(Math.min(1024, hard))
    expect(limit({}, 'RLIMIT_CORE')).toBeUndefined()
  })
  test('that are named hold', () => {
    expect(limit({ ulimits: { nofile: { soft: 5, hard: 10 } } }, 'RLIMIT_NOFILE')).toEqual({
      type: 'RLIMIT_NOFILE',
      soft: 5,
      hard: 10,
    })
    expect(limit({ ...sandbox, ulimits: { core: { soft: 0, hard: 5 } } }, 'RLIMIT_CORE')).toMatchObject({
      soft: 0,
      hard: 5,
    })
  })
})
