import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseContainerSpec } from '../../../../lib/container/options.js'
import { compatCapabilities, sandboxCapabilities, toRuntimeSpec } from '../../../../lib/container/spec/index.js'
import { runtimeSpecSchema } from '../../../../lib/oci/index.js'
import { app, ID, idRange, MIB, make, mountAt, namespaces, sandbox } from './subject.js'

const directory = mkdtempSync(join(tmpdir(), 'gantry-spec-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('compat', () => {
  const spec = make()
  test("is Docker's", () => {
    expect(namespaces(spec)).toEqual({
      mount: 'new',
      network: 'new',
      pid: 'new',
      ipc: 'new',
      uts: 'new',
      cgroup: 'new',
    })
    expect(spec.process).toMatchObject({
      noNewPrivileges: false,
      cwd: '/',
      args: ['true'],
      capabilities: { bounding: compatCapabilities, effective: compatCapabilities, inheritable: [], ambient: [] },
    })
    expect(spec.linux).not.toHaveProperty('uidMappings')
    expect(spec.hostname).toBe('0123456789ab')
    expect(spec.linux?.sysctl).toEqual({
      'net.ipv4.ip_unprivileged_port_start': '0',
      'net.ipv4.ping_group_range': '0 2147483647',
    })
    expect(spec.linux?.resources?.pids).toBeUndefined()
    expect(spec.mounts?.map(({ destination }) => destination)).toEqual([
      '/proc',
      '/dev',
      '/dev/pts',
      '/sys',
      '/sys/fs/cgroup',
      '/dev/mqueue',
      '/dev/shm',
    ])
    expect(mountAt(spec, '/sys/fs/cgroup')?.options).toContain('ro')
    expect(mountAt(spec, '/dev/shm')?.options).toContain(`size=${64 * MIB}`)
    expect(mountAt(spec, '/proc')?.options).toEqual(['nosuid', 'noexec', 'nodev'])
  })
  test('makes nodes of any device, and opens the usual ones', () => {
    const rules = spec.linux?.resources?.devices
    expect(rules?.[0]).toEqual({ allow: false, access: 'rwm' })
    expect(rules).toContainEqual({ allow: true, type: 'b', access: 'm' })
    expect(rules).toContainEqual({ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' })
    expect(spec.linux?.devices?.map(({ path }) => path)).toEqual([
      '/dev/null',
      '/dev/zero',
      '/dev/full',
      '/dev/random',
      '/dev/urandom',
      '/dev/tty',
    ])
  })
  test('hides what gives the machine away', () => {
    expect(spec.linux?.maskedPaths).toEqual(
      expect.arrayContaining(['/proc/kcore', '/proc/interrupts', '/sys/firmware', '/sys/devices/virtual/powercap']),
    )
    expect(spec.linux?.readonlyPaths).toEqual([
      '/proc/bus',
      '/proc/fs',
      '/proc/irq',
      '/proc/sys',
      '/proc/sysrq-trigger',
    ])
    expect(spec.linux?.seccomp?.defaultAction).toBe('SCMP_ACT_ERRNO')
  })
  test('is a valid document of the specification', () =>
    expect(runtimeSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(JSON.parse(JSON.stringify(spec))))
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
  test('needs a range', () =>
    expect(() => make(sandbox, { idRange: undefined })).toThrow(
      expect.objectContaining({ code: 'ERR_ISOLATION', hint: expect.stringContaining("isolation: 'compat'") }),
    ))
  test('can be relaxed by name', () => {
    const relaxed = make({
      ...sandbox,
      userns: 'host',
      securityOpt: ['no-new-privileges=false', 'seccomp=unconfined', 'systempaths=unconfined'],
    })
    expect(namespaces(relaxed)).not.toHaveProperty('user')
    expect(relaxed.process?.noNewPrivileges).toBe(false)
    expect(relaxed.linux).not.toHaveProperty('seccomp')
    expect(relaxed.linux).not.toHaveProperty('maskedPaths')
    expect(relaxed.linux).not.toHaveProperty('readonlyPaths')
  })
  test("with the host's network it gets the host's /sys, read-only and without what is mounted on it", () => {
    expect(mountAt(make({ ...sandbox, network: 'host' }), '/sys')).toEqual({
      destination: '/sys',
      type: 'bind',
      source: '/sys',
      options: ['bind', 'private', 'nosuid', 'noexec', 'nodev', 'ro'],
    })
    expect(mountAt(make({ network: 'host' }), '/sys')?.type).toBe('sysfs')
  })
  test('does not swap', () =>
    expect(make({ ...sandbox, memory: '64m' }).linux?.resources?.memory).toEqual({ limit: 64 * MIB, swap: 64 * MIB }))
})

describe('the environment', () => {
  test("has Docker's defaults, then what is declared", () => {
    expect(make().process?.env).toEqual([
      'HOME=/root',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=0123456789ab',
    ])
    const config = { Env: ['PATH=/bin', 'HOME=/data', 'LANG=C'] }
    expect(
      make({ tty: true, hostname: 'h', env: { A: '1', LANG: undefined } }, { rootfs: { mounts: [], config } }).process
        ?.env,
    ).toEqual(['HOSTNAME=h', 'TERM=xterm', 'A=1', 'PATH=/bin', 'HOME=/data'])
    expect(make({ env: { PATH: undefined, HOME: undefined, HOSTNAME: undefined } }).process?.env).toEqual([])
    expect(make({ tty: true, env: { TERM: 'dumb' } }).process?.env).toContain('TERM=dumb')
  })
  test("names the host where it has the host's names", () => {
    expect(make({ network: 'host' }).hostname).toBe(hostname())
    expect(make({ uts: 'host' }).process?.env).toContain(`HOSTNAME=${hostname()}`)
    expect(make({ uts: 'host' })).not.toHaveProperty('hostname')
    expect(make({ domainname: 'd' })).toMatchObject({ domainname: 'd' })
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
  test("has the host's devices, each once", () => {
    const paths = spec.linux?.devices?.map(({ path }) => path) ?? []
    expect(paths).toContain('/dev/null')
    expect(new Set(paths).size).toBe(paths.length)
    expect(paths.some((path) => path.startsWith('/dev/pts'))).toBe(false)
  })
})

describe('sharing namespaces', () => {
  test("the host's are left out", () => {
    expect(namespaces(make({ network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' }))).toEqual({
      mount: 'new',
    })
    expect(make({ network: 'host' }).linux).not.toHaveProperty('sysctl')
  })
  test("another container's are joined through its process", () => {
    const asked: string[] = []
    const resolve = (id: string, kind: string) => {
      asked.push(`${kind} of ${id}`)
      return process.pid
    }
    const spec = make({ network: 'container:db', pid: 'container:app', ipc: 'container:db' }, { resolve })
    expect(namespaces(spec)).toMatchObject({
      network: `/proc/${process.pid}/ns/net`,
      pid: `/proc/${process.pid}/ns/pid`,
      ipc: `/proc/${process.pid}/ns/ipc`,
    })
    expect(mountAt(spec, '/dev/shm')?.source).toBe(`/proc/${process.pid}/root/dev/shm`)
    expect(new Set(asked)).toEqual(new Set(['network of db', 'pid of app', 'ipc of db']))
    expect(() => make({ network: 'container:db' })).toThrow(
      expect.objectContaining({ code: 'ERR_CONTAINER_NOT_FOUND' }),
    )
  })
  test('a clock of its own', () => {
    const spec = make({ timeOffsets: { boottime: 60, monotonic: -5 } })
    expect(namespaces(spec)).toMatchObject({ time: 'new' })
    expect(spec.linux?.timeOffsets).toEqual({ boottime: { secs: 60 }, monotonic: { secs: -5 } })
  })
})

describe('security options', () => {
  test('a profile is read, and its conditions are resolved', () => {
    const path = join(directory, 'profile.json')
    const rule = { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_TIME'] } }
    writeFileSync(
      path,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ERRNO',
        archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: null }],
        syscalls: [rule],
      }),
    )
    expect(make({ securityOpt: [`seccomp=${path}`] }).linux?.seccomp).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [],
    })
    expect(make({ securityOpt: [`seccomp=${path}`], capAdd: ['SYS_TIME'] }).linux?.seccomp?.syscalls).toMatchObject([
      { names: ['mount'] },
    ])
    expect(make({ securityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }).linux?.seccomp?.defaultAction).toBe(
      'SCMP_ACT_ALLOW',
    )
  })
  test('a bad profile is an error', () => {
    expect(() => make({ securityOpt: ['seccomp=/no/such'] })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_OPTION',
        message: expect.stringContaining('cannot read the seccomp profile /no/such: ENOENT'),
      }),
    )
    expect(() => make({ securityOpt: ['seccomp={'] })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

describe('what is given', () => {
  const freeze = <Value>(value: Value): Value => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
    return value
  }
  test('is never changed, and two specs share nothing that could be', () => {
    const spec = freeze(
      parseContainerSpec({
        image: 'x',
        command: ['a'],
        env: { A: '1' },
        isolation: 'sandbox',
        devices: ['/dev/zero'],
        mounts: [{ type: 'bind', source: '/usr', target: '/x' }],
        tmpfs: ['/t'],
        memory: '1g',
        annotations: { a: 'b' },
        sysctls: { 'net.core.somaxconn': 5 },
        capAdd: ['KILL'],
        healthcheck: { command: 'x' },
      }),
    )
    const input = freeze({
      rootfs: {
        mounts: [{ source: '/usr', target: '/usr', readOnly: true }],
        config: { Env: ['B=2'], Cmd: ['b'], Labels: { l: '1' } },
      },
      user: app,
    })
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
