import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseFlags } from '../../../../lib/cli/parse/index.js'
import { containerSpec, createFlags } from '../../../../lib/cli/spec/index.js'
import { environmentOf, parseVariable } from '../../../../lib/cli/spec/environment.js'
import { parseMount, parseVolume } from '../../../../lib/cli/spec/mounts.js'

const directory = mkdtempSync(join(tmpdir(), 'gantry-cli-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}

const spec = (...argv: string[]) => {
  const { flags, given, args } = parseFlags(createFlags, argv, { interspersed: false })
  const { lifetime, ...rest } = containerSpec(flags, given, args)
  expect(lifetime).toBe('detached')
  return rest
}

test('the image alone', () => expect(spec('host')).toEqual({ image: 'host' }))
test('what follows the image is the command', () => expect(spec('host', 'sh', '-c', 'exit 3', '--rm')).toEqual({ image: 'host', command: ['sh', '-c', 'exit 3', '--rm'] }))

describe('flags fill the specification', () => {
  test.each([
    [['-it'], { stdinOpen: true, tty: true }],
    [['--init=false'], { init: false }],
    [['--name', 'x', '-h', 'box', '--domainname', 'd'], { name: 'x', hostname: 'box', domainname: 'd' }],
    [['-u', '1:2', '-w', '/tmp', '--group-add', '3', '--group-add', 'x'], { user: '1:2', workdir: '/tmp', groupAdd: ['3', 'x'] }],
    [['--entrypoint', 'a b'], { entrypoint: ['a b'] }],
    [['--entrypoint='], { entrypoint: [] }],
    [['-m', '512m', '--memory-swap', '-1', '--memory-reservation', '1k'], { memory: 512 * 2 ** 20, memorySwap: -1, memoryReservation: 1024 }],
    [['--cpus', '1.5', '-c', '512', '--cpu-quota', '5', '--cpu-period', '6', '--cpuset-cpus', '0-1', '--cpuset-mems', '0'], { cpus: 1.5, cpuShares: 512, cpuQuota: 5, cpuPeriod: 6, cpusetCpus: '0-1', cpusetMems: '0' }],
    [['--pids-limit', '-1', '--oom-kill-disable', '--oom-score-adj', '-5'], { pidsLimit: -1, oomKillDisable: true, oomScoreAdj: -5 }],
    [['--blkio-weight', '0'], {}],
    [['--blkio-weight', '10'], { blkioWeight: 10 }],
    [['--memory-swappiness', '-1'], {}],
    [['--memory-swappiness', '0'], { memorySwappiness: 0 }],
    [['--device-read-bps', '/dev/sda:1mb', '--device-write-iops', '/dev/sda:7'], { deviceReadBps: [{ path: '/dev/sda', rate: 2 ** 20 }], deviceWriteIops: [{ path: '/dev/sda', rate: 7 }] }],
    [['--ulimit', 'nofile=1:2', '--ulimit', 'core=-1'], { ulimits: { nofile: { soft: 1, hard: 2 }, core: { soft: -1, hard: -1 } } }],
    [['--cap-add', 'NET_ADMIN', '--cap-drop=ALL', '--privileged', '--security-opt', 'no-new-privileges'], { capAdd: ['NET_ADMIN'], capDrop: ['ALL'], privileged: true, securityOpt: ['no-new-privileges'] }],
    [['--sysctl', 'net.core.somaxconn=1', '--sysctl', 'kernel.msgmax=2'], { sysctls: { 'net.core.somaxconn': '1', 'kernel.msgmax': '2' } }],
    [['--device', '/dev/null:/dev/x:r', '--device-cgroup-rule', 'c 1:3 r'], { devices: ['/dev/null:/dev/x:r'], deviceCgroupRules: ['c 1:3 r'] }],
    [['--net', 'host', '--pid', 'host', '--ipc', 'container:x', '--uts', 'host', '--userns', 'host', '--cgroupns', 'private'], { network: 'host', pid: 'host', ipc: 'container:x', uts: 'host', userns: 'host', cgroupns: 'private' }],
    [['--rm', '--stop-signal', 'INT', '--stop-timeout', '3'], { autoRemove: true, stopSignal: 'INT', stopTimeout: 3000 }],
    [['--restart', 'on-failure:3'], { restart: 'on-failure:3' }],
    [['--rm', '--restart', 'no'], { autoRemove: true, restart: 'no' }],
    [['--read-only', '--shm-size', '1m', '--tmpfs', '/run:size=1m,noexec', '--tmpfs', '/tmp'], { readOnly: true, shmSize: 2 ** 20, tmpfs: { '/run': 'size=1m,noexec', '/tmp': '' } }],
    [['--storage-opt', 'size=1g'], { diskSize: 2 ** 30 }],
    [['--log-driver', 'json-file', '--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'], { log: { driver: 'file', maxSize: 2 ** 20, maxFiles: 2 } }],
    [['--log-driver', 'none'], { log: { driver: 'none' } }],
    [['--add-host', 'a:1.2.3.4', '--add-host', 'b=[::1]', '--dns', '9.9.9.9'], { extraHosts: { a: '1.2.3.4', b: '::1' }, dns: ['9.9.9.9'] }],
    [['--isolation', 'sandbox', '--limits', 'strict'], { isolation: 'sandbox', limits: 'strict' }],
    [['--health-cmd', 'true', '--health-interval', '5s', '--health-retries', '2', '--health-timeout', '0s'], { healthcheck: { command: 'true', interval: 5000, retries: 2 } }],
    [['--health-interval', '5s'], { healthcheck: { interval: 5000 } }],
    [['--no-healthcheck'], { healthcheck: false }],
    [['-l', 'a=1', '--label', 'b', '-l', '__proto__=x'], { labels: Object.assign(Object.create(null), { a: '1', b: '', ['__proto__']: 'x' }) }],
    [['-e', 'A=1=2', '-e', 'B='], { env: { A: '1=2', B: '' } }],
    [['-v', '/a:/b:ro', '-v', '/c:/d'], { mounts: [{ type: 'bind', source: '/a', target: '/b', createSource: true, readOnly: true }, { type: 'bind', source: '/c', target: '/d', createSource: true }] }],
    [['--mount', 'type=tmpfs,dst=/t', '-v', '/c:/d'], { mounts: [{ type: 'tmpfs', target: '/t' }, { type: 'bind', source: '/c', target: '/d', createSource: true }] }],
    [['--platform', `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`, '--pull', 'never'], {}],
  ])('%j', (argv, fields) => {
    const { image, ...rest } = spec(...argv, 'host')
    expect(image).toBe('host')
    expect({ ...rest, ...(rest.labels ? { labels: rest.labels } : {}) }).toEqual(fields)
  })
})

describe('refusals', () => {
  test.each([
    [['--rm', '--restart', 'always'], 'conflicting options: cannot specify both --restart and --rm'],
    [['--no-healthcheck', '--health-cmd', 'x'], '--no-healthcheck conflicts with --health-* options'],
    [['--health-interval', '-1s'], '--health-interval cannot be negative'],
    [['--ulimit', 'x=1'], 'invalid ulimit type: x'],
    [['--ulimit', 'nofile=2:1'], 'soft limit must be less than or equal to hard limit: 2 > 1'],
    [['--ulimit', 'nofile'], 'invalid ulimit argument: nofile'],
    [['--ulimit', 'nofile=1:2:3'], 'too many limit value arguments'],
    [['-p', '80:80'], 'comes with networks'],
    [['-P'], 'comes with networks'],
    [['--gpus', 'all'], 'comes with GPUs'],
    [['--device', 'nvidia.com/gpu=all'], 'comes with CDI devices'],
    [['--network', 'bridge'], "networks such as 'bridge' come in a later version"],
    [['--network', 'container:'], 'come in a later version'],
    [['--mount', 'type=x'], 'invalid argument "type=x" for "--mount" flag: target is required'],
    [['--mount', 'type=x,target=/a'], "mounts of type 'x' are not supported"],
    [['--mount', 'type=volume,target=/a'], 'volumes come in a later version'],
    [['--mount', 'type=bind,target=/a'], 'source is required'],
    [['--mount', 'type=bind,source=/a,target=/a,what=1'], "unexpected key 'what' in 'what=1'"],
    [['--mount', 'type=bind,source'], "invalid field 'source' must be a key=value pair"],
    [['--mount', 'type=tmpfs,target=/a,bind-propagation=shared'], "cannot mix 'bind-*' options with mount type 'tmpfs'"],
    [['--mount', 'type=bind,source=/a,target=/a,readonly=x'], 'invalid value for readonly: x'],
    [['-v', 'data:/a'], "'data' is the name of a volume"],
    [['-v', '/a'], "'/a' is an anonymous volume"],
    [['-v', '/a:b'], "'b' mount path must be absolute"],
    [['-v', '/a:/b:ro:x'], "invalid volume specification: '/a:/b:ro:x'"],
    [['-v', '/a:/b:what'], 'invalid mode: what'],
    [['--tmpfs', 'a'], 'mount path must be absolute'],
    [['-a', 'foo'], 'valid streams are STDIN, STDOUT and STDERR'],
    [['--pull', 'foo'], "invalid pull option: 'foo'"],
    [['--pull', 'always'], 'pulling comes in a later version'],
    [['--platform', 'linux/s390x'], 'this machine runs linux/'],
    [['--detach-keys', 'ctrl-1'], 'unknown flag: --detach-keys'],
    [['--log-driver', 'syslog'], 'gantry keeps logs in files'],
    [['--log-opt', 'tag=x'], "unknown log opt 'tag'"],
    [['--storage-opt', 'x=1'], "the one storage option is 'size'"],
    [['--add-host', 'a'], 'bad format for add-host: "a"'],
    [['--add-host', 'a:x'], 'invalid IP address in add-host: "x"'],
    [['--dns', 'x'], 'x is not an ip address'],
    [['--env-file', '/nope'], 'open /nope: no such file or directory'],
    [['-e', '=x'], 'invalid environment variable: =x'],
    [['-l', '=x'], "invalid label: '=x'"],
    [['--sysctl', 'x'], "sysctl 'x' must be a key=value pair"],
    [['--device-read-bps', 'x'], 'bad format: x'],
    [['--device-read-bps', '/dev/sda:x'], 'The correct format is <device-path>:<number>[<unit>]'],
    [['--pid', 'x'], 'invalid PID mode; use host, container:<name|id>'],
    [['--isolation', 'hyperv'], 'invalid isolation; use sandbox, compat'],
  ])('%j', (argv, message) => expect(() => spec(...argv, 'host')).toThrow(message))
  test('no name', () => expect(() => spec('')).toThrow('the name of the image is empty'))
})

describe('environment', () => {
  test('files first, flags last', () => {
    const path = file('env', '\uFEFF# comment\n\nA=file\n  B=x y \nC\nD\nE="quoted"\n')
    expect(environmentOf([path], ['A=flag', 'F', 'G'], { C: 'mine', F: 'f' })).toEqual({ A: 'flag', B: 'x y ', C: 'mine', E: '"quoted"', F: 'f', G: undefined })
  })
  test('wrong lines', () => {
    expect(() => environmentOf([file('bad1', 'A B=1\n')], [])).toThrow("variable 'A B' contains whitespaces")
    expect(() => environmentOf([file('bad2', '=1\n')], [])).toThrow("no variable name on line '=1'")
  })
  test('a name alone', () => expect([parseVariable('A', { A: 'x' }), parseVariable('A', {})]).toEqual([['A', 'x'], ['A', undefined]]))
  test('label files', () => {
    expect(spec('--label-file', file('labels', 'a=1\n#x\nb\n'), '-l', 'a=2', 'host').labels).toEqual({ a: '2', b: '' })
  })
})

describe('mounts', () => {
  test('all of a bind', () => {
    expect(parseMount('type=bind,"source=/with,comma",target=/b,readonly,bind-propagation=rslave,bind-recursive=disabled,bind-create-src')).toEqual({
      type: 'bind', source: '/with,comma', target: '/b', readOnly: true, propagation: 'rslave', recursive: false, createSource: true,
    })
    expect(parseMount('type=bind,src=/a,dst=/b,ro=false')).toEqual({ type: 'bind', source: '/a', target: '/b' })
  })
  test('all of a tmpfs', () => expect(parseMount('type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1777')).toEqual({ type: 'tmpfs', target: '/t', size: 2 ** 20, mode: 0o1777 }))
  test('a source may be relative', () => expect(parseVolume('./x:/y')).toMatchObject({ source: join(process.cwd(), 'x') }))
})
