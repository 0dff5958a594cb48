import { cpus } from 'node:os'
import { describe, expect, test } from 'vitest'
import { machine, parseContainerSpec } from '../../../../lib/container/options.js'
import { GantryError } from '../../../../lib/errors/index.js'

const refusal = (options: object): GantryError => {
  try {
    parseContainerSpec({ image: 'host', ...options })
  } catch (error) {
    if (error instanceof GantryError) return error
    throw error
  }
  throw new Error(`was accepted: ${JSON.stringify(options)}`)
}

type Row = [message: string, options: object, code?: string]

const INVALID = 'ERR_INVALID_OPTION'
const UNSUPPORTED = 'ERR_NOT_SUPPORTED'
const LIMIT = 'ERR_LIMIT'

const check = (rows: Row[]) => {
  test.each(rows)('%s', (message, options, code = INVALID) => {
    const error = refusal(options)
    expect(error.message.split('\n')[0]).toContain(message)
    expect(error.message.startsWith('Container: ')).toBe(true)
    expect(error.code).toBe(code)
  })
}

describe('unknown names', () => {
  check([
    ["unknown option 'memmory'; did you mean 'memory'?", { memmory: 1 }],
    ["unknown option 'Memory'; did you mean 'memory'?", { Memory: 1 }],
    ["unknown option 'read-only'; did you mean 'readOnly'?", { 'read-only': true }],
    ["unknown option 'volumes'; did you mean 'mounts'?", { volumes: [] }],
    ["unknown option 'cmd'; did you mean 'command'?", { cmd: [] }],
    ["unknown option 'environment'; did you mean 'env'?", { environment: {} }],
    ["unknown option 'rm'; did you mean 'autoRemove'?", { rm: true }],
    ["unknown option 'zzzzzz'", { zzzzzz: 1 }],
    ["unknown option '__proto__'", JSON.parse('{"__proto__":{"privileged":true}}')],
    ["unknown option 'constructor'", { constructor: 1 }],
    [
      "unknown option 'mounts[0].readonly'; did you mean 'readOnly'?",
      { mounts: [{ type: 'bind', source: '/a', target: '/b', readonly: true }] },
    ],
    [
      "unknown option 'healthcheck.intervall'; did you mean 'interval'?",
      { healthcheck: { command: 'true', intervall: 1 } },
    ],
    ["unknown option 'log.maxsize'; did you mean 'maxSize'?", { log: { maxsize: 1 } }],
    ["unknown option 'timeOffsets.monotonik'; did you mean 'monotonic'?", { timeOffsets: { monotonik: 1 } }],
    [
      "option 'readOnly' must be true or false, not 'yes'; unknown option 'ttty'; did you mean 'tty'?",
      { ttty: true, readOnly: 'yes' },
    ],
  ])
})

describe('kinds of values', () => {
  check([
    ["option 'image' must be a text, not 5", { image: 5 }],
    ["option 'image' must be the name of an image", { image: ' ' }],
    ["option 'tty' must be true or false, not 'yes'", { tty: 'yes' }],
    [
      "option 'command' must be a list of texts, not 'ls -l'; for a shell's line write ['sh', '-c', 'ls -l']",
      { command: 'ls -l' },
    ],
    ["option 'command[1]' must be a text without NUL, not 5", { command: ['a', 5] }],
    ["option 'command[0]' must be a text without NUL", { command: ['a\0b'] }],
    ["option 'env' must be an object such as { NAME: 'value' }, not a list", { env: ['A=1'] }],
    ["option 'env.A' must be a text, not 1", { env: { A: 1 } }],
    ["option 'env['A=B']' is not a name for a variable", { env: { 'A=B': '1' } }],
    ["option 'labels.x' must be a text, not true", { labels: { x: true } }],
    ["option 'labels' must be an object, not a list", { labels: ['a'] }],
    ["option 'name' must be two or more of the characters", { name: '-x' }],
    ["option 'workdir' must be an absolute path, not 'src'", { workdir: 'src' }],
    ["option 'workdir' must not contain a NUL character", { workdir: '/a\0' }],
    ["option 'user' must be 'name', 'uid', 'name:group' or 'uid:gid', not 'a:b:c'", { user: 'a:b:c' }],
    ["option 'user' must be a text, such as '1000', not the number 1000", { user: 1000 }],
    ["option 'user' must have ids up to 4294967294, not 4294967295", { user: '4294967295' }],
    ["option 'groupAdd[0]' must be the name or the number of a group, not -1", { groupAdd: [-1] }],
    ["option 'hostname' must be a host name", { hostname: 'a b' }],
    ["option 'hostname' must be a host name", { hostname: 'x'.repeat(65) }],
    ["option 'stopSignal' is wrong: 'SIGNOPE' is not a signal", { stopSignal: 'SIGNOPE' }],
    ["option 'stopTimeout' is wrong: '10' is not a duration", { stopTimeout: '10' }],
    [
      "option 'stopTimeout' must be a duration (milliseconds, or a text such as '10s'), not true",
      { stopTimeout: true },
    ],
    ["option 'isolation' must be 'sandbox' or 'compat', not 'vm'", { isolation: 'vm' }],
    ["option 'limits' must be 'strict', not 'lax'", { limits: 'lax' }],
    ["option 'lifetime' must be 'process' or 'detached', not 'short'", { lifetime: 'short' }],
    ["option 'healthcheck' must be false or an object, not true", { healthcheck: true }],
    ["option 'healthcheck.command' must be a command, not an empty list", { healthcheck: { command: [] } }],
    [
      "option 'healthcheck.retries' must be a whole number from 1 to 1000000, not 0",
      { healthcheck: { command: 'true', retries: 0 } },
    ],
    ["option 'healthcheck.interval' must be at least 1ms", { healthcheck: { command: 'true', interval: 0 } }],
    [
      "option 'healthcheck.onUnhealthy' must be 'none', 'kill', 'restart' or 'stop', not 'x'",
      { healthcheck: { command: 'true', onUnhealthy: 'x' } },
    ],
    [
      "option 'restart' must be 'no', 'always', 'unless-stopped', 'on-failure' or 'on-failure:5', not 'sometimes'",
      { restart: 'sometimes' },
    ],
    ["option 'restart' takes a maximum retry count with 'on-failure' only, not with 'always'", { restart: 'always:3' }],
    ["option 'restart' must have a whole number behind the colon", { restart: 'on-failure:x' }],
    ["option 'restart' has the unknown member 'max'", { restart: { policy: 'no', max: 1 } }],
    [
      "option 'restart' must have a maximumRetryCount of 0 (without bound) or more, not -1",
      { restart: { policy: 'on-failure', maximumRetryCount: -1 } },
    ],
    ["option 'extraHosts.db' must be an IPv4 or IPv6 address, not 'db.local'", { extraHosts: { db: 'db.local' } }],
    ["option 'dns[0]' must be an IPv4 or IPv6 address, not 'one'", { dns: ['one'] }],
    ["option 'log.driver' must be 'file' or 'none', not 'syslog'", { log: { driver: 'syslog' } }],
    ["option 'log.maxFiles' must be a whole number from 1 to 1000, not 0", { log: { maxFiles: 0 } }],
    ["option 'timeOffsets.boottime' must be a number, not 'x'", { timeOffsets: { boottime: 'x' } }],
  ])
})

describe('limits', () => {
  check([
    ["option 'memory' must be at least 6m (6291456 bytes), not 1MiB; leave it out for no limit", { memory: '1m' }],
    ["option 'memory' is wrong: 'lots' is not a size", { memory: 'lots' }],
    ["option 'memory' must be a size (bytes, or a text such as '512m'), not an object", { memory: {} }],
    ["option 'memorySwap' needs 'memory': it is memory and swap together", { memorySwap: '1g' }],
    ["option 'memorySwap' (64MiB) must be at least 'memory' (128MiB)", { memory: '128m', memorySwap: '64m' }],
    [
      "option 'memoryReservation' (256MiB) must not be more than 'memory' (128MiB)",
      { memory: '128m', memoryReservation: '256m' },
    ],
    ["option 'memorySwappiness' must be a whole number from 0 to 100, not 101", { memorySwappiness: 101 }],
    ["option 'oomScoreAdj' must be a whole number from -1000 to 1000, not 1001", { oomScoreAdj: 1001 }],
    [
      `option 'cpus' must be a number from 0.01 to ${cpus().length}, as there are only ${cpus().length} CPUs available, not 4096`,
      { cpus: 4096 },
    ],
    [`option 'cpus' must be a number from 0.01 to`, { cpus: 0 }],
    [`option 'cpus' must be a number from 0.01 to`, { cpus: Number.NaN }],
    ["options 'cpus' and 'cpuPeriod' or 'cpuQuota' say the same thing twice", { cpus: 1, cpuQuota: 5000 }],
    ["option 'cpuShares' must be a whole number from 2 to 262144, not 1", { cpuShares: 1 }],
    ["option 'cpuPeriod' must be a whole number from 1000 to 1000000 microseconds, not 10", { cpuPeriod: 10 }],
    ["option 'cpuQuota' must be a whole number of at least 1000 microseconds, not 10", { cpuQuota: 10 }],
    ["option 'cpusetCpus' must be a list of CPUs such as '0-2,5', not '3-1'", { cpusetCpus: '3-1' }],
    ["option 'cpusetCpus' asks for CPU 4000, but this machine has 0", { cpusetCpus: '0,4000' }, LIMIT],
    ["option 'cpusetMems' asks for memory node 99, but this machine has 0", { cpusetMems: '99' }, LIMIT],
    ["option 'pidsLimit' must be a whole number from 1 to 4194304, not -2", { pidsLimit: -2 }],
    ["option 'blkioWeight' must be a whole number from 10 to 1000, not 5", { blkioWeight: 5 }],
    [
      "option 'deviceReadBps[0].path' must be an absolute path, not 'sda'",
      { deviceReadBps: [{ path: 'sda', rate: 1 }] },
    ],
    ["option 'deviceReadIops[0].rate' must be a whole number", { deviceReadIops: [{ path: '/dev/sda', rate: '1m' }] }],
    [
      "option 'deviceWriteBps[0]' has the unknown member 'speed'",
      { deviceWriteBps: [{ path: '/dev/sda', rate: 1, speed: 1 }] },
    ],
    ["option 'ulimits.nofil' is not a resource limit; did you mean 'nofile'?", { ulimits: { nofil: 1 } }],
    [
      "option 'ulimits.nofile' has a soft limit (20) above its hard limit (10)",
      { ulimits: { nofile: { soft: 20, hard: 10 } } },
    ],
    [
      "option 'ulimits.nofile' has a soft limit (-1) above its hard limit (10)",
      { ulimits: { nofile: { soft: -1, hard: 10 } } },
    ],
    ["option 'ulimits.core' must be a whole number, or -1 for no limit, not '5'", { ulimits: { core: { soft: '5' } } }],
    [
      `option 'ulimits.nofile' cannot be more than ${machine().openFilesCeiling} on this machine`,
      { ulimits: { nofile: 2 ** 40 } },
      LIMIT,
    ],
    ["option 'diskSize' is wrong: '1 x' is not a size", { diskSize: '1 x' }],
    ["option 'shmSize' is wrong: -5 is not a size", { shmSize: -5 }],
  ])
})

describe('mounts and devices', () => {
  const bind = { type: 'bind', source: '/usr', target: '/x' }
  check([
    ["option 'mounts' must be a list, not an object", { mounts: {} }],
    ["option 'mounts[0]' must be an object, not '/a:/b'", { mounts: ['/a:/b'] }],
    ["option 'mounts[0].type' must be 'bind' or 'tmpfs'", { mounts: [{ ...bind, type: 'nfs' }] }],
    ["option 'mounts[0].type' cannot be 'volume' yet", { mounts: [{ type: 'volume', target: '/x' }] }, UNSUPPORTED],
    ["option 'mounts[1]' needs a 'source': the path on the host", { mounts: [bind, { type: 'bind', target: '/y' }] }],
    ["option 'mounts[0].source' must be an absolute path, not './here'", { mounts: [{ ...bind, source: './here' }] }],
    ["option 'mounts[0].target' must be an absolute path, not 'x'", { mounts: [{ ...bind, target: 'x' }] }],
    ["option 'mounts[0].target' must be given", { mounts: [{ type: 'bind', source: '/usr' }] }],
    ["option 'mounts[0].target' must not be '/'", { mounts: [{ ...bind, target: '/a/..' }] }],
    ["option 'mounts[0].target' must not be inside /proc", { mounts: [{ ...bind, target: '/proc/sys/../self' }] }],
    ["option 'mounts[0]' has 'size', which a bind mount does not take", { mounts: [{ ...bind, size: 1 }] }],
    [
      "option 'mounts[0]' has 'source', which a tmpfs mount does not take",
      { mounts: [{ type: 'tmpfs', source: '/a', target: '/x' }] },
    ],
    [
      "option 'mounts[0].propagation' must be 'private', 'rprivate', 'shared', 'rshared', 'slave' or 'rslave', not 'all'",
      { mounts: [{ ...bind, propagation: 'all' }] },
    ],
    [
      "option 'mounts[0].mode' must be at most 4095, not 9999",
      { mounts: [{ type: 'tmpfs', target: '/x', mode: 9999 }] },
    ],
    [
      "option 'mounts[0]' must be options of a tmpfs such as 'size=64m,mode=1777,exec', not 'bind'",
      { mounts: [{ type: 'tmpfs', target: '/x', options: ['bind'] }] },
    ],
    ["two mounts have the target '/x'", { mounts: [bind, { ...bind, target: '/x/' }] }],
    ["two mounts have the target '/x'", { mounts: [bind], tmpfs: { '/x': '' } }],
    ["option 'tmpfs['/run']' must be options of a tmpfs", { tmpfs: { '/run': 'sizes=1' } }],
    [
      "option 'tmpfs['/run']' has a wrong value in 'mode=9' (expected one such as 'mode=1777')",
      { tmpfs: { '/run': 'mode=9' } },
    ],
    ["option 'tmpfs' must be an absolute path, not 'run'", { tmpfs: ['run'] }],
    ["option 'devices[0].source' must be an absolute path, not 'null'", { devices: ['null'] }],
    ["option 'devices[0].permissions' must be letters of 'rwm', not 'x'", { devices: ['/dev/null:/dev/a:x'] }],
    [
      "option 'devices[0].permissions' must be letters of 'rwm', not 'rr'",
      { devices: [{ source: '/dev/null', permissions: 'rr' }] },
    ],
    ["option 'devices[0]' must be 'source:target:permissions'", { devices: ['/a:/b:r:w'] }],
    ["option 'devices[0]' has the unknown member 'path'", { devices: [{ source: '/dev/null', path: '/x' }] }],
    [
      "option 'deviceCgroupRules[0]' must be a rule such as 'c 42:* rmw', not 'c 42 rwm'",
      { deviceCgroupRules: ['c 42 rwm'] },
    ],
  ])
})

describe('security', () => {
  check([
    [
      "option 'capAdd[0]' must be a capability such as 'NET_ADMIN' or 'ALL', not 'NET_ADMN'; did you mean 'NET_ADMIN'?",
      { capAdd: ['NET_ADMN'] },
    ],
    ["option 'capDrop' must be a list, not 'ALL'", { capDrop: 'ALL' }],
    ["option 'securityOpt[0]' must be one of Docker's security options", { securityOpt: ['secomp=unconfined'] }],
    ["did you mean 'seccomp'?", { securityOpt: ['secomp=unconfined'] }],
    [
      "option 'securityOpt[0]' must be an absolute path to a profile, or its JSON text, not 'seccomp=profile.json'",
      { securityOpt: ['seccomp=profile.json'] },
    ],
    [
      "option 'securityOpt[0]' must be 'no-new-privileges' or 'no-new-privileges=false', not 'no-new-privileges=maybe'",
      { securityOpt: ['no-new-privileges=maybe'] },
    ],
    [
      "option 'securityOpt[0]' must be 'systempaths=unconfined', not 'systempaths=all'",
      { securityOpt: ['systempaths=all'] },
    ],
    ["option 'securityOpt[0]' must be 'label=disable'", { securityOpt: ['label=color:red'] }],
    ["option 'securityOpt[0]' must be 'apparmor=unconfined'", { securityOpt: ['apparmor='] }],
    ["option 'sysctls['kernel.panic']' is not a kernel parameter of a container", { sysctls: { 'kernel.panic': 1 } }],
    [
      "option 'sysctls['kernel.hostname']' must be given as the option 'hostname'",
      { sysctls: { 'kernel.hostname': 'x' } },
    ],
    [
      "option 'sysctls['net.ipv4.ip_forward']' must be a text or a number, not true",
      { sysctls: { 'net.ipv4.ip_forward': true } },
    ],
    ['is not a kernel parameter of a container', { sysctls: { 'net.../../kernel/panic': 1 } }],
    ["options 'privileged' and 'isolation: sandbox' contradict each other", { privileged: true, isolation: 'sandbox' }],
    ["options 'privileged' and 'userns: private' contradict each other", { privileged: true, userns: 'private' }],
    ["options 'privileged' and 'capDrop' contradict each other", { privileged: true, capDrop: ['KILL'] }],
    ["options 'privileged' and 'securityOpt' contradict each other", { privileged: true, securityOpt: ['apparmor=x'] }],
  ])
})

describe('sharing and networks', () => {
  check([
    ["option 'ports' cannot be given yet: published ports come with bridge networks", { ports: [5432] }, UNSUPPORTED],
    ["option 'ports[0]' must be a port such as 8080 or '8080:80', not true", { ports: [true] }],
    [
      "option 'network' cannot be 'bridge' yet: bridge networks are not in this version (possible: 'none', 'host', 'container:<id>')",
      { network: 'bridge' },
      UNSUPPORTED,
    ],
    ["option 'network' must be 'none', 'host' or 'container:<id>', not 5", { network: 5 }],
    ["option 'network' must name a container behind 'container:'", { network: 'container:' }],
    ["option 'pid' must be 'host' or 'container:<id>'", { pid: 'none' }],
    ["option 'ipc' must be 'private', 'host', 'shareable', 'none' or 'container:<id>', not 'x'", { ipc: 'x' }],
    ["option 'uts' must be 'host', not 'private'", { uts: 'private' }],
    ["option 'gpus' cannot be given yet: GPUs are not in this version", { gpus: 'all' }, UNSUPPORTED],
    ["option 'extraHosts.up' cannot be 'host-gateway' yet", { extraHosts: { up: 'host-gateway' } }, UNSUPPORTED],
    ["options 'hostname' and 'uts: host' contradict each other", { hostname: 'x', uts: 'host' }],
    ["options 'domainname' and 'uts: host' contradict each other", { domainname: 'x', uts: 'host' }],
    ["options 'hostname' and 'network: container:a' contradict each other", { hostname: 'x', network: 'container:a' }],
    ["options 'dns' and 'network: container:a' contradict each other", { dns: ['1.1.1.1'], network: 'container:a' }],
    [
      "options 'extraHosts' and 'network: container:a' contradict each other",
      { extraHosts: { a: '1.1.1.1' }, network: 'container:a' },
    ],
    [
      "options 'sysctls.net.ipv4.ip_forward' and 'network: host' contradict each other",
      { sysctls: { 'net.ipv4.ip_forward': 1 }, network: 'host' },
    ],
    [
      "options 'sysctls.kernel.shmmax' and 'ipc: host' contradict each other",
      { sysctls: { 'kernel.shmmax': 1 }, ipc: 'host' },
    ],
    ["options 'restart' and 'autoRemove' contradict each other", { restart: 'always', autoRemove: true }],
    [
      "options 'restart: always' and 'lifetime: process' contradict each other",
      { restart: 'always', lifetime: 'process' },
    ],
  ])

  test('what works now is in the hint', () => {
    expect(refusal({ ports: [80] }).hint).toContain("network: 'host'")
    expect(refusal({ network: 'bridge' }).hint).toContain("network: 'host'")
  })
})

test.each([undefined, null, 5, 'host', []])('%j are no options', (input) => {
  expect(() => parseContainerSpec(input)).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining('the options must be an object'),
    }),
  )
})

test('without an image there is nothing to run', () => {
  expect(() => parseContainerSpec({})).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: "Container: option 'image' must be given" }),
  )
})

test('an invalid option is reported before one that is not supported', () => {
  const error = refusal({ ports: [80], memory: 'lots' })
  expect(error.code).toBe('ERR_INVALID_OPTION')
  expect(error.message).toContain("option 'memory'")
  expect(error.message).toContain("option 'ports'")
})
