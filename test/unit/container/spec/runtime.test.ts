import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { machine, parseContainerSpec, parseExecOptions } from '../../../../lib/container/options.js'
import {
  availableCapabilities, compatCapabilities, limitResources, sandboxCapabilities, type SpecInput, toExecProcess, toProbeProcess, toRuntimeSpec,
} from '../../../../lib/container/spec/index.js'
import type { RuntimeMount, RuntimeSpec } from '../../../../lib/oci/index.js'
import { runtimeSpecSchema } from '../../../../lib/oci/index.js'

const directory = mkdtempSync(join(tmpdir(), 'gantry-spec-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ID = '0123456789abcdef'.repeat(4)
const root = { uid: 0, gid: 0, additionalGids: [], home: '/root' }
const app = { uid: 1000, gid: 1000, additionalGids: [44], home: '/home/app' }
const idRange = { base: 1_000_000, size: 65_536 }
const MIB = 1024 * 1024

const make = (options: object = {}, input: Partial<SpecInput> = {}): RuntimeSpec =>
  toRuntimeSpec({ spec: parseContainerSpec({ image: 'x', command: ['true'], ...options }), rootfs: { mounts: [] }, user: root, id: ID, idRange, ...input })
const mountAt = (spec: RuntimeSpec, destination: string): RuntimeMount | undefined => spec.mounts?.find((mount) => mount.destination === destination)
const namespaces = (spec: RuntimeSpec) => Object.fromEntries((spec.linux?.namespaces ?? []).map(({ type, path }) => [type, path ?? 'new']))
const sandbox = { isolation: 'sandbox' }

describe('compat', () => {
  const spec = make()
  test('is Docker\'s', () => {
    expect(namespaces(spec)).toEqual({ mount: 'new', network: 'new', pid: 'new', ipc: 'new', uts: 'new', cgroup: 'new' })
    expect(spec.process).toMatchObject({ noNewPrivileges: false, cwd: '/', args: ['true'], capabilities: { bounding: compatCapabilities, effective: compatCapabilities, inheritable: [], ambient: [] } })
    expect(spec.linux).not.toHaveProperty('uidMappings')
    expect(spec.hostname).toBe('0123456789ab')
    expect(spec.linux?.sysctl).toEqual({ 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' })
    expect(spec.linux?.resources?.pids).toBeUndefined()
    expect(spec.mounts?.map(({ destination }) => destination)).toEqual(['/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue', '/dev/shm'])
    expect(mountAt(spec, '/sys/fs/cgroup')?.options).toContain('ro')
    expect(mountAt(spec, '/dev/shm')?.options).toContain(`size=${64 * MIB}`)
    expect(mountAt(spec, '/proc')?.options).toEqual(['nosuid', 'noexec', 'nodev'])
  })
  test('makes nodes of any device, and opens the usual ones', () => {
    const rules = spec.linux?.resources?.devices
    expect(rules?.[0]).toEqual({ allow: false, access: 'rwm' })
    expect(rules).toContainEqual({ allow: true, type: 'b', access: 'm' })
    expect(rules).toContainEqual({ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' })
    expect(spec.linux?.devices?.map(({ path }) => path)).toEqual(['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'])
  })
  test('hides what gives the machine away', () => {
    expect(spec.linux?.maskedPaths).toEqual(expect.arrayContaining(['/proc/kcore', '/proc/interrupts', '/sys/firmware', '/sys/devices/virtual/powercap']))
    expect(spec.linux?.readonlyPaths).toEqual(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'])
    expect(spec.linux?.seccomp?.defaultAction).toBe('SCMP_ACT_ERRNO')
  })
  test('is a valid document of the specification', () => expect(runtimeSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(JSON.parse(JSON.stringify(spec))))
})

describe('sandbox', () => {
  const spec = make(sandbox)
  test('has a user namespace on its own range', () => {
    expect(namespaces(spec)).toMatchObject({ user: 'new' })
    expect(spec.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1_000_000, size: 65_536 }])
    expect(spec.linux?.gidMappings).toEqual(spec.linux?.uidMappings)
  })
  test('is closed', () => {
    expect(spec.process).toMatchObject({ noNewPrivileges: true, capabilities: { bounding: sandboxCapabilities } })
    expect(mountAt(spec, '/proc')?.options).toContain('hidepid=2')
    expect(mountAt(spec, '/sys/fs/cgroup')).toBeUndefined()
    expect(spec.linux?.resources?.pids).toEqual({ limit: 1024 })
    expect(spec.linux?.resources?.devices).not.toContainEqual(expect.objectContaining({ access: 'm' }))
    expect(spec.linux?.sysctl).toBeUndefined()
    expect(spec.process?.rlimits).toContainEqual({ type: 'RLIMIT_CORE', soft: 0, hard: 0 })
  })
  test('needs a range', () => expect(() => make(sandbox, { idRange: undefined })).toThrow(expect.objectContaining({ code: 'ERR_ISOLATION', hint: expect.stringContaining("isolation: 'compat'") })))
  test('can be relaxed by name', () => {
    const relaxed = make({ ...sandbox, userns: 'host', securityOpt: ['no-new-privileges=false', 'seccomp=unconfined', 'systempaths=unconfined'] })
    expect(namespaces(relaxed)).not.toHaveProperty('user')
    expect(relaxed.process?.noNewPrivileges).toBe(false)
    expect(relaxed.linux).not.toHaveProperty('seccomp')
    expect(relaxed.linux).not.toHaveProperty('maskedPaths')
    expect(relaxed.linux).not.toHaveProperty('readonlyPaths')
  })
  test('with the host\'s network it gets the host\'s /sys, read-only and without what is mounted on it', () => {
    expect(mountAt(make({ ...sandbox, network: 'host' }), '/sys')).toEqual({ destination: '/sys', type: 'bind', source: '/sys', options: ['bind', 'private', 'nosuid', 'noexec', 'nodev', 'ro'] })
    expect(mountAt(make({ network: 'host' }), '/sys')?.type).toBe('sysfs')
  })
  test('does not swap', () => expect(make({ ...sandbox, memory: '64m' }).linux?.resources?.memory).toEqual({ limit: 64 * MIB, swap: 64 * MIB }))
})

describe('the environment', () => {
  test('has Docker\'s defaults, then what is declared', () => {
    expect(make().process?.env).toEqual(['HOME=/root', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOSTNAME=0123456789ab'])
    const config = { Env: ['PATH=/bin', 'HOME=/data', 'LANG=C'] }
    expect(make({ tty: true, hostname: 'h', env: { A: '1', LANG: undefined } }, { rootfs: { mounts: [], config } }).process?.env).toEqual(['HOSTNAME=h', 'TERM=xterm', 'A=1', 'PATH=/bin', 'HOME=/data'])
    expect(make({ env: { PATH: undefined, HOME: undefined, HOSTNAME: undefined } }).process?.env).toEqual([])
    expect(make({ tty: true, env: { TERM: 'dumb' } }).process?.env).toContain('TERM=dumb')
  })
  test('names the host where it has the host\'s names', () => {
    expect(make({ network: 'host' }).hostname).toBe(hostname())
    expect(make({ uts: 'host' }).process?.env).toContain(`HOSTNAME=${hostname()}`)
    expect(make({ uts: 'host' })).not.toHaveProperty('hostname')
    expect(make({ domainname: 'd' })).toMatchObject({ domainname: 'd' })
  })
})

describe('capabilities', () => {
  const bounding = (options: object) => make(options).process?.capabilities?.bounding
  test('are added and dropped as Docker does', () => {
    expect(bounding({ capAdd: ['SYS_TIME'], capDrop: ['chown', 'CAP_KILL'] })).toEqual([...compatCapabilities.filter((name) => name !== 'CAP_CHOWN' && name !== 'CAP_KILL'), 'CAP_SYS_TIME'])
    expect(bounding({ capDrop: ['ALL'], capAdd: ['KILL'] })).toEqual(['CAP_KILL'])
    expect(bounding({ capDrop: ['ALL'] })).toEqual([])
    expect(bounding({ capAdd: ['ALL'], capDrop: ['SYS_ADMIN'] })).toEqual(availableCapabilities(false).filter((name) => name !== 'CAP_SYS_ADMIN'))
    expect(bounding({ capAdd: ['KILL'], capDrop: ['KILL'] })).toContain('CAP_KILL')
    expect(bounding({ privileged: true })).toEqual(availableCapabilities(false))
  })
  test('are everything in a user namespace of one\'s own', () => expect(bounding({ ...sandbox, capAdd: ['ALL'] })).toHaveLength(machine().lastCapability + 1))
  test('cannot be handed on by who has them not', () => {
    const missing = availableCapabilities(true).find((name) => !availableCapabilities(false).includes(name))
    if (missing === undefined) return expect(availableCapabilities(false)).toEqual(availableCapabilities(true))
    expect(() => bounding({ capAdd: [missing] })).toThrow(expect.objectContaining({ code: 'ERR_NOT_SUPPORTED', message: expect.stringContaining(missing) }))
  })
  test('a user who is not root starts with none', () => {
    expect(make({}, { user: app }).process).toMatchObject({
      user: { uid: 1000, gid: 1000, additionalGids: [44] }, capabilities: { bounding: compatCapabilities, effective: [], permitted: [], inheritable: [], ambient: [] },
    })
  })
})

describe('privileged', () => {
  const spec = make({ privileged: true })
  test('takes the protection away', () => {
    expect(spec.linux).not.toHaveProperty('seccomp')
    expect(spec.linux).not.toHaveProperty('maskedPaths')
    expect(mountAt(spec, '/sys')?.options).toContain('rw')
    expect(mountAt(spec, '/sys/fs/cgroup')?.options).toContain('rw')
    expect(spec.linux?.resources?.devices).toEqual([{ allow: true, access: 'rwm' }])
  })
  test('has the host\'s devices, each once', () => {
    const paths = spec.linux?.devices?.map(({ path }) => path) ?? []
    expect(paths).toContain('/dev/null')
    expect(new Set(paths).size).toBe(paths.length)
    expect(paths.some((path) => path.startsWith('/dev/pts'))).toBe(false)
  })
})

describe('mounts', () => {
  test('a parent is mounted before its child, and the order of equals is kept', () => {
    const mounts = ['/a/b/c', '/z', '/a', '/a/b'].map((target) => ({ type: 'tmpfs', target }))
    const own = make({ mounts, tmpfs: ['/a/c'] }).mounts?.map(({ destination }) => destination).slice(7)
    expect(own).toEqual(['/z', '/a', '/a/b', '/a/c', '/a/b/c'])
  })
  test('the user\'s replace the default ones', () => {
    const spec = make({ mounts: [{ type: 'tmpfs', target: '/dev/shm', size: '1m' }] })
    expect(spec.mounts?.filter(({ destination }) => destination === '/dev/shm')).toEqual([
      { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', 'mode=1777', `size=${MIB}`] },
    ])
    const dev = make({ mounts: [{ type: 'bind', source: '/dev', target: '/dev' }] }).mounts?.filter(({ destination }) => destination.startsWith('/dev'))
    expect(dev?.map(({ destination }) => destination)).toEqual(['/dev'])
  })
  test('binds say what they are', () => {
    const bind = { type: 'bind', source: directory, target: '/x' }
    const options = (mount: object, rest: object = {}) => mountAt(make({ ...rest, mounts: [{ ...bind, ...mount }] }), '/x')?.options
    expect(options({})).toEqual(['rbind', 'rprivate'])
    expect(options({ readOnly: true })).toEqual(['rbind', 'rprivate', 'rro'])
    expect(options({ readOnly: true, recursive: false })).toEqual(['bind', 'private', 'ro'])
    expect(options({}, sandbox)).toEqual(['rbind', 'rprivate', 'ridmap'])
    expect(options({ idmap: false }, sandbox)).toEqual(['rbind', 'rprivate'])
    expect(options({ propagation: 'rslave' })).toEqual(['rbind', 'rslave'])
    expect(make({ mounts: [{ ...bind, propagation: 'rslave' }] }).linux?.rootfsPropagation).toBe('slave')
    expect(make({ mounts: [{ ...bind, propagation: 'shared' }] }).linux?.rootfsPropagation).toBe('shared')
    expect(make({ mounts: [bind] }).linux).not.toHaveProperty('rootfsPropagation')
  })
  test('a missing source is an error, unless it is to be made', () => {
    const bind = { type: 'bind', source: join(directory, 'new/one'), target: '/x' }
    expect(() => make({ mounts: [bind] })).toThrow(expect.objectContaining({ code: 'ERR_MOUNT', path: bind.source, hint: expect.stringContaining('createSource: true') }))
    make({ mounts: [{ ...bind, createSource: true }] })
    expect(statSync(bind.source).isDirectory()).toBe(true)
    writeFileSync(join(directory, 'file'), '')
    expect(() => make({ mounts: [{ ...bind, source: join(directory, 'file/x') }] })).toThrow(expect.objectContaining({ code: 'ERR_MOUNT' }))
  })
  test('tmpfs has Docker\'s defaults and what undoes them', () => {
    const spec = make({ tmpfs: { '/a': '', '/b': 'exec,size=64m,ro', '/c': 'size=1m,size=2m,rw,ro' } })
    expect(mountAt(spec, '/a')?.options).toEqual(['noexec', 'nosuid', 'nodev'])
    expect(mountAt(spec, '/b')?.options).toEqual(['nosuid', 'nodev', 'exec', 'size=64m', 'ro'])
    expect(mountAt(spec, '/c')?.options).toEqual(['noexec', 'nosuid', 'nodev', 'size=2m', 'ro'])
  })
  test('the image\'s parts come first, its names last', () => {
    const rootfs = { mounts: [{ source: '/usr', target: '/usr', readOnly: true }] }
    const files = { hosts: '/h/hosts', hostname: '/h/hostname', resolvConf: '/h/resolv.conf' }
    const spec = make({ mounts: [{ type: 'tmpfs', target: '/etc/hosts' }] }, { rootfs, files })
    expect(spec.mounts?.[0]).toEqual({ destination: '/usr', type: 'bind', source: '/usr', options: ['rbind', 'rprivate', 'ro'] })
    expect(mountAt(spec, '/etc/hosts')?.type).toBe('tmpfs')
    expect(mountAt(spec, '/etc/resolv.conf')).toEqual({ destination: '/etc/resolv.conf', type: 'bind', source: '/h/resolv.conf', options: ['bind', 'private'] })
    expect(mountAt(make({ readOnly: true }, { files }), '/etc/hostname')?.options).toContain('ro')
    expect(make({ readOnly: true }).root).toEqual({ path: 'rootfs', readonly: true })
  })
  test('shared memory goes with the IPC namespace', () => {
    expect(mountAt(make({ ipc: 'none' }), '/dev/shm')).toBeUndefined()
    expect(mountAt(make({ ipc: 'host' }), '/dev/shm')).toMatchObject({ type: 'bind', source: '/dev/shm' })
    expect(mountAt(make({ shmSize: '1g' }), '/dev/shm')?.options).toContain(`size=${1024 * MIB}`)
  })
})

describe('sharing namespaces', () => {
  test('the host\'s are left out', () => {
    expect(namespaces(make({ network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' }))).toEqual({ mount: 'new' })
    expect(make({ network: 'host' }).linux).not.toHaveProperty('sysctl')
  })
  test('another container\'s are joined through its process', () => {
    const asked: string[] = []
    const resolve = (id: string, kind: string) => {
      asked.push(`${kind} of ${id}`)
      return process.pid
    }
    const spec = make({ network: 'container:db', pid: 'container:app', ipc: 'container:db' }, { resolve })
    expect(namespaces(spec)).toMatchObject({ network: `/proc/${process.pid}/ns/net`, pid: `/proc/${process.pid}/ns/pid`, ipc: `/proc/${process.pid}/ns/ipc` })
    expect(mountAt(spec, '/dev/shm')?.source).toBe(`/proc/${process.pid}/root/dev/shm`)
    expect(new Set(asked)).toEqual(new Set(['network of db', 'pid of app', 'ipc of db']))
    expect(() => make({ network: 'container:db' })).toThrow(expect.objectContaining({ code: 'ERR_CONTAINER_NOT_FOUND' }))
  })
  test('a clock of its own', () => {
    const spec = make({ timeOffsets: { boottime: 60, monotonic: -5 } })
    expect(namespaces(spec)).toMatchObject({ time: 'new' })
    expect(spec.linux?.timeOffsets).toEqual({ boottime: { secs: 60 }, monotonic: { secs: -5 } })
  })
})

describe('devices', () => {
  const zero = { type: 'c', path: '/dev/nothing', major: 1, minor: 5 }
  test('are made, and may be used as was said', () => {
    const spec = make({ devices: ['/dev/zero:/dev/nothing:r'], deviceCgroupRules: ['c 42:* rm'] })
    expect(spec.linux?.devices?.at(-1)).toMatchObject(zero)
    expect(spec.linux?.resources?.devices?.slice(-2)).toEqual([{ allow: true, type: 'c', major: 1, minor: 5, access: 'r' }, { allow: true, type: 'c', major: 42, access: 'rm' }])
  })
  test('are bound in a user namespace', () => {
    const spec = make({ ...sandbox, devices: ['/dev/zero:/dev/nothing'] })
    expect(mountAt(spec, '/dev/nothing')).toMatchObject({ type: 'bind', source: '/dev/zero' })
    expect(spec.linux?.devices).toHaveLength(6)
  })
  test.each([['/dev/no-such', 'there is no device /dev/no-such on the host'], ['/etc/passwd', '/etc/passwd is not a device'], [directory, 'has no device in it']])('%s is none', (path, message) => {
    expect(() => make({ devices: [path] })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(message) }))
  })
  test('a rate needs a block device', () => expect(() => make({ deviceReadBps: [{ path: '/dev/null', rate: 1 }] })).toThrow('deviceReadBps: /dev/null is not a block device'))
})

describe('resources', () => {
  test('are those that were named', () => {
    expect(limitResources({}, 'compat')).toEqual({})
    expect(limitResources({ memory: 64 * MIB }, 'compat')).toEqual({ memory: { limit: 64 * MIB, swap: 128 * MIB } })
    expect(limitResources({ memory: 64 * MIB, memorySwap: -1 }, 'sandbox')).toEqual({ memory: { limit: 64 * MIB, swap: -1 } })
    expect(limitResources({ cpus: 1.5, cpuShares: 512, cpusetCpus: '0' }, 'compat')).toEqual({ cpu: { shares: 512, quota: 150_000, period: 100_000, cpus: '0' } })
    expect(limitResources({ pidsLimit: -1, blkioWeight: 10 }, 'compat')).toEqual({ pids: { limit: -1 }, blockIO: { weight: 10 } })
  })
})

describe('security options', () => {
  test('a profile is read, and its conditions are resolved', () => {
    const path = join(directory, 'profile.json')
    const rule = { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_TIME'] } }
    writeFileSync(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: null }], syscalls: [rule] }))
    expect(make({ securityOpt: [`seccomp=${path}`] }).linux?.seccomp).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] })
    expect(make({ securityOpt: [`seccomp=${path}`], capAdd: ['SYS_TIME'] }).linux?.seccomp?.syscalls).toMatchObject([{ names: ['mount'] }])
    expect(make({ securityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }).linux?.seccomp?.defaultAction).toBe('SCMP_ACT_ALLOW')
  })
  test('a bad profile is an error', () => {
    expect(() => make({ securityOpt: ['seccomp=/no/such'] })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('cannot read the seccomp profile /no/such: ENOENT') }))
    expect(() => make({ securityOpt: ['seccomp={'] })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

describe('an exec', () => {
  const container = (options: object = {}, input: Partial<SpecInput> = {}) => {
    const spec = parseContainerSpec({ image: 'x', command: ['true'], ...options })
    return { spec, process: make(options, input).process! }
  }
  test('has the container\'s environment, its own variables and its user\'s HOME', () => {
    const process = toExecProcess(container({ env: { A: '1', B: '2' } }), parseExecOptions(['ls'], { env: { B: undefined, C: '3' }, tty: true, workdir: '/w' }), app)
    expect(process).toMatchObject({ args: ['ls'], cwd: '/w', terminal: true, user: { uid: 1000, gid: 1000, additionalGids: [44] } })
    expect(process.env).toEqual(['HOME=/home/app', expect.stringMatching(/^PATH=/), 'HOSTNAME=0123456789ab', 'A=1', 'TERM=xterm', 'C=3'])
  })
  test('keeps a declared HOME', () => {
    expect(toExecProcess(container({ env: { HOME: '/srv' } }), parseExecOptions(['ls']), app).env).toContain('HOME=/srv')
    const config = { Env: ['HOME=/data'] }
    expect(toExecProcess(container({}, { rootfs: { mounts: [], config } }), parseExecOptions(['ls']), app).env).toContain('HOME=/data')
  })
  test('has the capabilities of its user', () => {
    expect(toExecProcess(container(), parseExecOptions(['ls']), app).capabilities).toMatchObject({ bounding: compatCapabilities, effective: [] })
    expect(toExecProcess(container({}, { user: app }), parseExecOptions(['ls']), root).capabilities).toMatchObject({ effective: compatCapabilities, permitted: compatCapabilities })
    expect(toExecProcess(container(), parseExecOptions(['ls'], { privileged: true }), root).capabilities?.effective).toEqual(availableCapabilities(false))
  })
  test('is confined as the container is', () => {
    const process = toExecProcess(container({ isolation: 'sandbox', oomScoreAdj: 7 }), parseExecOptions(['ls']), root)
    expect(process).toMatchObject({ noNewPrivileges: true, oomScoreAdj: 7, terminal: false })
    expect(process.rlimits).toContainEqual({ type: 'RLIMIT_CORE', soft: 0, hard: 0 })
  })
  test('a probe is the container\'s own user without a terminal', () => {
    const { process } = container({ tty: true }, { user: app })
    expect(toProbeProcess(process, ['probe'])).toMatchObject({ args: ['probe'], terminal: false, user: { uid: 1000 }, cwd: '/' })
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
    expect(limit({ ulimits: { nofile: { soft: 5, hard: 10 } } }, 'RLIMIT_NOFILE')).toEqual({ type: 'RLIMIT_NOFILE', soft: 5, hard: 10 })
    expect(limit({ ...sandbox, ulimits: { core: { soft: 0, hard: 5 } } }, 'RLIMIT_CORE')).toMatchObject({ soft: 0, hard: 5 })
  })
})

describe('what is given', () => {
  const freeze = <Value>(value: Value): Value => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
    return value
  }
  test('is never changed, and two specs share nothing that could be', () => {
    const spec = freeze(parseContainerSpec({
      image: 'x', command: ['a'], env: { A: '1' }, isolation: 'sandbox', devices: ['/dev/zero'], mounts: [{ type: 'bind', source: '/usr', target: '/x' }], tmpfs: ['/t'], memory: '1g',
      annotations: { a: 'b' }, sysctls: { 'net.core.somaxconn': 5 }, capAdd: ['KILL'], healthcheck: { command: 'x' },
    }))
    const input = freeze({ rootfs: { mounts: [{ source: '/usr', target: '/usr', readOnly: true }], config: { Env: ['B=2'], Cmd: ['b'], Labels: { l: '1' } } }, user: app })
    const first = toRuntimeSpec({ ...input, spec, id: ID, idRange })
    const second = toRuntimeSpec({ ...input, spec, id: ID, idRange })
    expect(first).toEqual(second)
    first.process?.capabilities?.bounding?.pop()
    first.linux?.maskedPaths?.pop()
    first.linux?.readonlyPaths?.pop()
    first.linux?.devices?.pop()
    first.linux?.resources?.devices?.pop()
    first.mounts?.[1]?.options?.pop()
    first.mounts?.pop()
    expect(toRuntimeSpec({ ...input, spec, id: ID, idRange })).toEqual(second)
  })
})
