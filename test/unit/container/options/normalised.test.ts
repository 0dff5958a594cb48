import { describe, expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import {
  containerSpecSchema,
  type execOptionsSchema,
  type logOptionsSchema,
  type NormalisedSpec,
  parseContainerSpec,
  parseExecOptions,
  parseLogOptions,
  parseRunOptions,
  parseStopOptions,
  parseUpdateOptions,
  type runOptionsSchema,
} from '../../../../lib/container/options.js'
import type { ContainerSpec, ExecOptions, LogOptions, RunOptions } from '../../../../lib/container/types.js'

const MIB = 1024 * 1024
const spec = (options: object): NormalisedSpec => parseContainerSpec({ image: 'host', ...options })
const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

const everything = frozen<ContainerSpec>({
  image: 'debian:12',
  command: ['sh', '-c', 'exit 3'],
  entrypoint: [],
  name: 'db-1',
  env: { A: '1', B: undefined, __proto_: 'x' },
  workdir: '/srv/../work/',
  user: '1000:staff',
  groupAdd: ['audio', 44],
  hostname: 'db',
  domainname: 'example.org',
  labels: { a: 'b' },
  annotations: { c: 'd' },
  tty: true,
  stdinOpen: true,
  mounts: [
    { type: 'bind', source: '/usr/', target: '/mnt//usr', readOnly: true },
    { type: 'tmpfs', target: '/scratch', size: '1m', mode: 0o700, options: ['exec'] },
  ],
  tmpfs: ['/run', '/tmp/:size=64m,mode=1777'],
  readOnly: true,
  shmSize: '128m',
  devices: ['/dev/null', '/dev/zero:/dev/nothing', '/dev/full:r', '/dev/tty:/dev/t:rw', { source: '/dev/random' }],
  deviceCgroupRules: ['c 42:* rmw', 'b *:* m'],
  capAdd: ['net_admin', 'CAP_SYS_TIME', 'NET_ADMIN'],
  capDrop: ['all'],
  securityOpt: ['no-new-privileges', 'seccomp=unconfined', 'label:disable'],
  sysctls: { 'net.ipv4.ip_forward': 1, 'net/ipv4/conf/eth0.1/forwarding': '0' },
  ulimits: { nofile: 64, core: { soft: 0 } },
  init: true,
  stopSignal: 'int',
  stopTimeout: '1m',
  autoRemove: false,
  restart: 'on-failure:5',
  healthcheck: { command: 'curl localhost', interval: '5s', retries: 2 },
  network: 'none',
  ipc: 'shareable',
  cgroupns: 'private',
  userns: 'private',
  ports: [],
  extraHosts: { db: '10.0.0.1', six: '::1' },
  dns: ['1.1.1.1'],
  log: { maxSize: '1m' },
  isolation: 'sandbox',
  limits: 'strict',
  diskSize: '2g',
  lifetime: 'detached',
  timeOffsets: { boottime: 60 },
  memory: '1g',
  memorySwap: -1,
  memoryReservation: '64m',
  memorySwappiness: 10,
  oomKillDisable: false,
  oomScoreAdj: 100,
  cpuShares: 512,
  cpusetCpus: '0',
  cpusetMems: '0',
  blkioWeight: 100,
  deviceReadBps: [{ path: '/dev/sda', rate: 1 }],
})

describe('a whole spec', () => {
  const read = parseContainerSpec(everything)

  test('is in bytes, milliseconds and absolute paths', () => {
    expect(read).toMatchObject({
      env: { A: '1', B: null, __proto_: 'x' },
      workdir: '/work',
      groupAdd: ['audio', '44'],
      shmSize: 128 * MIB,
      stopSignal: 'SIGINT',
      stopTimeout: 60_000,
      memory: 1024 * MIB,
      memorySwap: -1,
      diskSize: 2048 * MIB,
      restart: { policy: 'on-failure', maximumRetryCount: 5 },
      log: { driver: 'file', maxSize: MIB, maxFiles: 3 },
      mounts: [
        {
          type: 'bind',
          source: '/usr',
          target: '/mnt/usr',
          readOnly: true,
          recursive: true,
          propagation: 'rprivate',
          createSource: false,
        },
        { type: 'tmpfs', target: '/scratch', size: MIB, mode: 0o700, readOnly: false, options: ['exec'] },
      ],
      tmpfs: { '/run': '', '/tmp': 'size=64m,mode=1777' },
      devices: [
        { source: '/dev/null', target: '/dev/null', permissions: 'rwm' },
        { source: '/dev/zero', target: '/dev/nothing', permissions: 'rwm' },
        { source: '/dev/full', target: '/dev/full', permissions: 'r' },
        { source: '/dev/tty', target: '/dev/t', permissions: 'rw' },
        { source: '/dev/random', target: '/dev/random', permissions: 'rwm' },
      ],
      capAdd: ['CAP_NET_ADMIN', 'CAP_SYS_TIME'],
      capDrop: ['ALL'],
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0/1.forwarding': '0' },
      ulimits: { nofile: { soft: 64, hard: 64 }, core: { soft: 0, hard: 0 } },
      healthcheck: { command: 'curl localhost', interval: 5000, retries: 2, onUnhealthy: 'none' },
    })
  })

  test('is a valid spec again, and says the same, also as JSON', () => {
    expect(parseContainerSpec(frozen(read))).toEqual(read)
    expect(parseContainerSpec(JSON.parse(JSON.stringify(read)))).toEqual(read)
  })

  test('limits that are named hold over the strict ones', () => {
    expect(read).toMatchObject({ memory: 1024 * MIB, cpus: 1, pidsLimit: 256 })
  })
})

describe('defaults', () => {
  test("of a container are Docker's", () => {
    expect(spec({})).toMatchObject({
      isolation: 'compat',
      lifetime: 'detached',
      network: 'none',
      restart: { policy: 'no', maximumRetryCount: 0 },
      autoRemove: false,
      init: false,
      tty: false,
      privileged: false,
      log: { driver: 'file', maxSize: 10 * MIB, maxFiles: 3 },
    })
    expect(spec({}).pidsLimit).toBeUndefined()
    expect(spec({}).ulimits).toBeUndefined()
  })

  test('of a job are those for hostile code', () => {
    const { spec: job, ...rest } = parseRunOptions('host', ['true'])
    expect(job).toMatchObject({
      isolation: 'sandbox',
      lifetime: 'process',
      network: 'none',
      autoRemove: true,
      init: true,
      pidsLimit: 1024,
      log: { driver: 'none' },
    })
    expect(rest).toEqual({
      encoding: 'utf8',
      maxBuffer: 100 * MIB,
      check: false,
      input: undefined,
      signal: undefined,
      timeout: undefined,
    })
  })

  test('strict is the documented set', () => {
    const { spec: job, timeout } = parseRunOptions('host', ['true'], { limits: 'strict' })
    expect(job).toMatchObject({ memory: 512 * MIB, cpus: 1, pidsLimit: 256, diskSize: 1024 * MIB })
    expect(timeout).toBe(60_000)
    expect(parseRunOptions('host', ['true'], { limits: 'strict', timeout: '5s' }).timeout).toBe(5000)
    const quota = spec({ limits: 'strict', cpuQuota: 5000 })
    expect([quota.cpus, quota.cpuQuota]).toEqual([undefined, 5000])
  })

  test('an init of its own is not for a shared process namespace', () =>
    expect(parseRunOptions('host', ['true'], { pid: 'host' }).spec.init).toBe(false))

  test('no limit of processes can be asked for', () =>
    expect([spec({ pidsLimit: 0 }).pidsLimit, spec({ pidsLimit: -1 }).pidsLimit]).toEqual([-1, -1]))
})

describe('hostile objects', () => {
  test('an inherited option is none', () => {
    expect(spec(Object.create({ privileged: true })).privileged).toBe(false)
    const polluted = JSON.parse('{"type":"bind","source":"/usr","target":"/x"}')
    Object.setPrototypeOf(polluted, { createSource: true })
    expect(spec({ mounts: [polluted] }).mounts).toMatchObject([{ createSource: false }])
    const given = { image: 'host' }
    Object.setPrototypeOf(given, { privileged: true, capAdd: ['ALL'] })
    expect(parseContainerSpec(given)).toMatchObject({ privileged: false })
    expect(parseContainerSpec(given).capAdd).toBeUndefined()
  })

  test('a polluted Object.prototype gives nothing away', () => {
    Object.defineProperty(Object.prototype, 'privileged', {
      value: true,
      configurable: true,
      writable: true,
      enumerable: false,
    })
    try {
      expect(Object.hasOwn(spec({}), 'privileged')).toBe(true)
      expect(spec({}).privileged).toBe(false)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'privileged')
    }
  })

  test('a __proto__ key of free names is a name like any other', () => {
    const labels = JSON.parse('{"__proto__":"x","b":"y"}')
    const read = spec({ labels }).labels!
    expect(Object.keys(read)).toEqual(['__proto__', 'b'])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})

describe('run()', () => {
  test('image and command are arguments, not options', () => {
    expect(() => parseRunOptions('host', ['true'], { image: 'x' })).toThrow(
      "run(): 'image' is an argument of its own: run(image, command, options)",
    )
    expect(() => parseRunOptions('host', ['true'], { command: [] })).toThrow("'command' is an argument of its own")
  })
  test('a job is not restarted', () =>
    expect(() => parseRunOptions('host', ['true'], { restart: 'always' })).toThrow(
      "option 'restart' is for containers: a job runs once",
    ))
  test.each([
    [{ signal: 'SIGTERM' }, "option 'signal' must be an AbortSignal, not 'SIGTERM'"],
    [{ input: 5 }, "option 'input' must be a text, bytes or a readable stream, not 5"],
    [{ encoding: 'latin1' }, "option 'encoding' must be 'utf8' or 'buffer', not 'latin1'"],
    [{ maxBuffer: 'x' }, "option 'maxBuffer' is wrong: 'x' is not a size"],
    [{ check: 1 }, "option 'check' must be true or false, not 1"],
    [{ timeout: '10' }, "option 'timeout' is wrong: '10' is not a duration"],
    [{ detach: true }, "unknown option 'detach'"],
    [null, 'run(): the options must be an object, not null'],
    ['x', "run(): the options must be an object, not 'x'"],
  ])('%j: %s', (options, message) => expect(() => parseRunOptions('host', ['true'], options)).toThrow(message))
  test('a signal and an input are handed on as they are', () => {
    const { signal } = new AbortController()
    const input = new Uint8Array([1])
    const read = parseRunOptions('host', ['true'], { signal, input, timeout: '1m' })
    expect(read.signal).toBe(signal)
    expect(read.input).toBe(input)
    expect(read.timeout).toBe(60_000)
  })
})

describe('exec(), logs(), stop() and update()', () => {
  test('exec has defaults', () => {
    expect(parseExecOptions(['ls'], { user: 'app', workdir: '/a/' })).toMatchObject({
      command: ['ls'],
      user: 'app',
      workdir: '/a',
      tty: false,
      privileged: false,
      stdinOpen: false,
      detach: false,
      encoding: 'utf8',
    })
  })
  test.each([
    [[], {}, 'exec(): the command must name a program'],
    ['ls', {}, "exec(): the command must be a list of texts, not 'ls'"],
    [['ls', 5], {}, 'exec(): the command must be a text without NUL, not 5'],
    [['ls'], { detach: true, input: 'x' }, "options 'detach' and 'input' contradict each other"],
    [['ls'], { detach: true, stdinOpen: true }, "options 'detach' and 'stdinOpen' contradict each other"],
    [['ls'], { cwd: '/' }, "unknown option 'cwd'; did you mean 'workdir'?"],
  ])('exec %j %j: %s', (command, options, message) =>
    expect(() => parseExecOptions(command as string[], options)).toThrow(message),
  )

  test('logs', () => {
    expect(parseLogOptions()).toEqual({ follow: false, tail: Number.POSITIVE_INFINITY, stdout: true, stderr: true })
    expect(parseLogOptions({ tail: 5, since: new Date(1500), until: '1763769162.5' })).toMatchObject({
      tail: 5,
      since: 1_500_000_000n,
      until: 1_763_769_162_500_000_000n,
    })
    expect(parseLogOptions({ tail: 'all' }).tail).toBe(Number.POSITIVE_INFINITY)
    expect(() => parseLogOptions({ tail: 'some' })).toThrow(
      "logs(): option 'tail' must be a number of lines, or 'all', not 'some'",
    )
    expect(() => parseLogOptions({ since: 'yesterday' })).toThrow("logs(): option 'since' must be a Date")
    expect(() => parseLogOptions({ stdout: false, stderr: false })).toThrow('there is nothing to read')
  })

  test('stop', () => {
    expect(parseStopOptions({ timeout: 0, killSignal: 2 })).toEqual({ timeout: 0, killSignal: 'SIGINT' })
    expect(() => parseStopOptions({ killSignal: 'x' })).toThrow(
      "stop(): option 'killSignal' is wrong: 'x' is not a signal",
    )
  })

  test('update checks what will hold together', () => {
    expect(parseUpdateOptions({ memory: '64m', restart: 'always' })).toEqual({
      memory: 64 * MIB,
      restart: { policy: 'always', maximumRetryCount: 0 },
    })
    expect(() => parseUpdateOptions({ memory: '2g' }, { memory: 1024 * MIB, memorySwap: 1024 * MIB })).toThrow(
      "option 'memorySwap' (1GiB) must be at least 'memory' (2GiB)",
    )
    expect(parseUpdateOptions({ cpus: 1 }, { cpuQuota: 5000 })).toEqual({ cpus: 1 })
    expect(() => parseUpdateOptions({ image: 'x' })).toThrow("update(): unknown option 'image'")
  })
})

test('the schemas take what the types say', () => {
  expectTypeOf<z.input<typeof containerSpecSchema>>().toEqualTypeOf<ContainerSpec>()
  expectTypeOf<Omit<z.input<typeof runOptionsSchema>, 'image' | 'command'>>().toEqualTypeOf<RunOptions>()
  expectTypeOf<z.input<typeof execOptionsSchema>>().toEqualTypeOf<ExecOptions>()
  expectTypeOf<z.input<typeof logOptionsSchema>>().toEqualTypeOf<LogOptions>()
  expectTypeOf<NormalisedSpec>().toExtend<ContainerSpec>()
  expect(containerSpecSchema.safeParse(everything).success).toBe(true)
})
