import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, expectReply, isRunning, type Options, shell, until, useBench } from './bench.js'

const groups: string[] = []
// After the benches, which registered theirs before: hooks run in reverse order.
afterEach(async () => {
  for (const group of groups.splice(0)) {
    await until(() => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '')
    rmdirSync(group)
  }
})
const bench = useBench()

const unified = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified'
const O_DIRECTORY = 0o200000
const O_PATH = 0o10000000
const loop = shell('i=0; while :; do i=$((i+1)); echo $i; sleep 0.002; done')
const logged = { streams: { mode: 1 }, log: { maxSize: 0, maxFiles: 1 } }
let number = 0

/** In a v2 group of its own. */
function grouped(options: Options): Bench {
  const group = join(unified, `gantry-monitor-test-${process.pid}-${++number}`)
  mkdirSync(group)
  groups.push(group)
  return bench({
    ...options,
    cgroupSlot: 15,
    setup: (writer) =>
      writer.emit('setup', 'open', { slot: 15, at: -1, path: group, flags: O_PATH | O_DIRECTORY, resolve: 0, mode: 0 }),
    cgroups: { kill: `${group}/cgroup.kill`, freeze: `${group}/cgroup.freeze`, events: `${group}/cgroup.events` },
  })
}

/** In a v1 freezer, which the child enters by itself. */
function frozenByFirstVersion(options: Options): Bench {
  const group = join('/sys/fs/cgroup/freezer', `gantry-monitor-test-${process.pid}-${++number}`)
  mkdirSync(group)
  groups.push(group)
  return bench({
    ...options,
    child: (writer) => writer.emit('child', 'writeFile', { at: -1, path: `${group}/tasks`, bytes: '0', resolve: 0 }),
    cgroups: { freeze: `${group}/freezer.state` },
  })
}

const kinds: [string, (options: Options) => Bench][] = [['v2', grouped]]
if (existsSync('/sys/fs/cgroup/freezer')) kinds.push(['v1', frozenByFirstVersion])

describe.each(kinds)('pause by cgroup %s', (_, make) => {
  it('stops everything until it is resumed', async () => {
    const b = make({ ...logged, argv: loop })
    await b.start()
    await until(() => b.text() !== '')
    expectReply(await b.owner.request('pause', {}), 'done')
    expect(b.readState().status).toBe('paused')
    expect(expectReply(await b.owner.request('query', {}), 'state').fields.status).toBe(2)
    // What was in the pipe when it froze has been read when the next request is answered.
    await b.owner.request('query', {})
    const before = b.text()
    await sleep(50)
    expect(b.text()).toBe(before)
    expectReply(await b.owner.request('pause', {}), 'done')
    expect(expectReply(await b.owner.request('execute', { terminal: 0, lifetime: 0 }), 'refused').fields.errno).toBe(16)
    expectReply(await b.owner.request('resume', {}), 'done')
    expect(b.readState().status).toBe('running')
    await until(() => b.text() !== before)
    expectReply(await b.owner.request('resume', {}), 'done')
  })

  it('does not keep it from being stopped', async () => {
    const b = make({
      ...logged,
      argv: shell('trap "exit 6" TERM; echo; while :; do sleep 0.02; done'),
      restart: { policy: 2 },
    })
    await b.start()
    await until(() => b.text() !== '')
    expectReply(await b.owner.request('pause', {}), 'done')
    expectReply(await b.owner.request('stop', { signal: 0, graceMs: -1, restart: 0 }), 'done')
    expect((await b.next('exited')).fields.exitCode).toBe(6)
  })

  it('does not keep it from being killed', async () => {
    const b = make({ argv: loop })
    const { fields } = await b.start()
    expectReply(await b.owner.request('pause', {}), 'done')
    expectReply(await b.owner.request('signal', { signal: 9, all: 0 }), 'done')
    expect((await b.next('exited')).fields.signal).toBe(9)
    await b.end()
    expect(isRunning(fields.pid)).toBe(false)
  })
})

describe('a control group', () => {
  it('is wanted for a pause', async () => {
    const b = bench({ argv: loop })
    await b.start()
    expect(expectReply(await b.owner.request('pause', {}), 'refused').fields.errno).toBe(95)
  })

  it('is not paused when nothing runs', async () => {
    const b = grouped({})
    expect(expectReply(await b.owner.request('pause', {}), 'refused').fields.errno).toBe(3)
    expect(expectReply(await b.owner.request('resume', {}), 'refused').fields.errno).toBe(3)
  })

  it('carries a signal to every process', async () => {
    const b = grouped({
      ...logged,
      argv: shell(
        'trap "" USR1; (trap "echo child; exit" USR1; echo ready; while :; do sleep 0.01; done) & while :; do sleep 0.01; done',
      ),
    })
    await b.start()
    await until(() => b.text().includes('ready'))
    expectReply(await b.owner.request('signal', { signal: 10, all: 1 }), 'done')
    await until(() => b.text().includes('child'))
  })

  it('is killed whole when the first process of a shared pid namespace ends', async () => {
    const b = grouped({ ...logged, flags: 0, argv: shell('sleep 1000 & echo $!; exit 0') })
    await b.start()
    expect((await b.next('exited')).fields.exitCode).toBe(0)
    await b.end()
    const pid = Number(b.text())
    expect(pid).toBeGreaterThan(1)
    await until(() => !isRunning(pid))
  })
})
