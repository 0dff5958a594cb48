import { describe, expect, test } from 'vitest'
import { main } from '../../../lib/cli/main.js'
import { isAtLeast, parseRelease } from '../../../lib/cli/doctor/kernel.js'
import { findHierarchies } from '../../../lib/cli/doctor/cgroups.js'
import { splitPath } from '../../../lib/cli/commands/cp.js'
import { RecordingStreams } from './recording-streams.js'

const run = async (...argv: string[]) => {
  const streams = new RecordingStreams()
  const code = await main(argv, streams.all)
  return { code, out: streams.out, err: streams.err }
}

describe('what needs no engine', () => {
  test('nothing said', async () => {
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toMatch(/^Usage: {2}gantry \[OPTIONS\] COMMAND\n/)
    expect(out).toContain('  run         Create and run a new container from an image\n')
  })
  test('help', async () => {
    expect((await run('--help')).out).toBe((await run()).out)
    expect((await run('help')).out).toBe((await run()).out)
    const page = await run('run', '--help')
    expect(page.out).toMatch(/^Usage: {2}gantry run \[OPTIONS\] IMAGE \[COMMAND\] \[ARG\.\.\.\]\n\nCreate and run/)
    expect((await run('help', 'run')).out).toBe(page.out)
    expect((await run('container', 'run', '--help')).out).toContain('gantry container run, gantry run')
  })
  test('groups', async () => {
    const { code, out } = await run('system')
    expect([code, out.startsWith('Usage:  gantry system COMMAND\n')]).toEqual([0, true])
    expect((await run('system', '--help')).out).toBe(out)
  })
  test('the version', async () => {
    expect((await run('--version')).out).toMatch(/^Gantry version \d+\.\d+\.\d+\n$/)
    expect((await run('version', '--format', '{{.Client.Os}}')).out).toBe('linux\n')
    expect(JSON.parse((await run('version', '-f', 'json')).out)).toHaveProperty('Client.Version')
  })
})

// The words and codes are those of docker 28.2.2.
describe('bad command lines', () => {
  test.each([
    [['run', '--foo'], 125, "unknown flag: --foo\n\nUsage:  gantry run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'gantry run --help' for more information\n"],
    [['run'], 1, "gantry: 'gantry run' requires at least 1 argument\n\nUsage:  gantry run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nSee 'gantry run --help' for more information\n"],
    [['ps', 'x'], 1, "gantry: 'gantry ps' accepts no arguments\n\nUsage:  gantry ps [OPTIONS]\n\nRun 'gantry ps --help' for more information\n"],
    [['rename', 'x'], 1, "gantry: 'gantry rename' requires 2 arguments\n\nUsage:  gantry rename CONTAINER NEW_NAME\n\nRun 'gantry rename --help' for more information\n"],
    [['foo'], 1, "gantry: unknown command: gantry foo\n\nRun 'gantry --help' for more information\n"],
    [['container', 'foo'], 1, "gantry: unknown command: gantry container foo\n\nRun 'gantry container --help' for more information\n"],
    [['--foo'], 125, "unknown flag: --foo\n\nRun 'gantry --help' for more information\n"],
    [['cp', 'a', 'b'], 1, 'gantry: must specify at least one container source\n'],
    [['cp', 'a:/x', 'b:/y'], 1, 'gantry: copying between containers is not supported\n'],
    [['update', 'x'], 1, 'gantry: you must provide one or more flags when using this command\n'],
    [['run', '--rm', '--restart', 'always', 'x'], 125, "gantry: conflicting options: cannot specify both --restart and --rm\n\nRun 'gantry run --help' for more information\n"],
    [['run', '-d', '-a', 'stdin', 'x'], 125, "gantry: conflicting options: cannot specify both --attach and --detach\n\nRun 'gantry run --help' for more information\n"],
    [['run', '-it', 'x'], 1, undefined],
    [['start', '-a', 'x', 'y'], 1, 'gantry: you cannot start and attach multiple containers at once\n'],
  ])('%j', async (argv, code, err) => {
    const result = await run(...argv)
    expect(result.code).toBe(code)
    expect(result.out).toBe('')
    if (err === undefined) expect(result.err).toContain('the input device is not a TTY')
    else expect(result.err).toBe(err)
  })

  test.each([['pull', 'x'], ['volume', 'ls', '--foo'], ['image', 'push'], ['gpu', 'list'], ['commit', 'x']])('%s %s comes later', async (...argv) => {
    const { code, err } = await run(...argv)
    expect([code, err.includes('comes in a later version')]).toEqual([1, true])
  })

  test('what is typed cannot act on a terminal', async () => {
    const streams = new RecordingStreams({ terminal: true })
    expect(await main(['\x1b[2Jfoo'], streams.all)).toBe(1)
    expect(streams.err).not.toContain('\x1b')
  })
})

test('paths of cp', () => {
  expect([splitPath('c:/x'), splitPath('c:x'), splitPath('c:'), splitPath('/a:b'), splitPath('./a:b'), splitPath('a'), splitPath('-')]).toEqual([
    { container: 'c', path: '/x' }, { container: 'c', path: 'x' }, { container: 'c', path: '/' }, { path: '/a:b' }, { path: './a:b' }, { path: 'a' }, { path: '-' },
  ])
})

describe('doctor', () => {
  test('kernels', () => {
    expect(parseRelease('6.1.0-18-amd64')).toEqual([6, 1])
    expect([isAtLeast([6, 1], [5, 19]), isAtLeast([5, 19], [5, 19]), isAtLeast([5, 4], [5, 19]), isAtLeast([4, 20], [5, 2])]).toEqual([true, true, false, false])
  })
  test('cgroups', () => {
    const v1 = '30 20 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 20 0:1 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n'
    const v2 = '32 20 0:1 / /sys/fs/cgroup/unified rw shared:1 - cgroup2 cgroup2 rw\n'
    expect(findHierarchies('', () => '').kind).toBe('none')
    expect(findHierarchies(v1, () => '')).toEqual({ kind: 'v1', controllers: new Map([['memory', '/sys/fs/cgroup/memory'], ['cpu', '/sys/fs/cgroup/cpu,cpuacct']]) })
    expect(findHierarchies(v1 + v2, () => '').kind).toBe('hybrid')
    expect(findHierarchies(v2, () => 'cpu memory pids\n')).toEqual({ kind: 'v2', controllers: new Map(['cpu', 'memory', 'pids'].map((name) => [name, '/sys/fs/cgroup/unified'])) })
  })
  test('says what it finds', async () => {
    const { out } = await run('doctor')
    expect(out).toMatch(/kernel +\d+\.\d+/)
    expect(out).toMatch(/This machine can(not)? run containers/)
  })
})
