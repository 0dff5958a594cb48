import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { expectReply, isRunning, shell, until, useBench } from './bench.js'

const bench = useBench()
const logged = { streams: { mode: 1 }, log: { maxSize: 0, maxFiles: 1 } }

describe('a life', () => {
  it('reports an exit code, to the owner and on the disk', async () => {
    const b = bench({ argv: shell('exit 3') })
    const started = await b.start()
    expect(started.fields.pid).toBeGreaterThan(1)
    const exited = await b.next('exited')
    expect(exited.fields).toMatchObject({
      exitCode: 3,
      signal: 0,
      oomKilled: 0,
      timedOut: 0,
      willRestart: 0,
      restartCount: 0,
    })
    expect(exited.fields.finishedAtNs).toBeGreaterThan(exited.fields.startedAtNs)
    expect(exited.fields.startedAtNs).toBe(started.fields.startedAtNs)
    expect((await b.next('gone')).fields.errno).toBe(0)
    await b.end()
    expect(b.readState()).toMatchObject({
      status: 'exited',
      pid: 0,
      exitCode: 3,
      signal: 0,
      restartCount: 0,
      stoppedByUser: false,
    })
    expect(b.readState().startedAtNs).toBe(String(started.fields.startedAtNs))
    expect(b.events().map((event) => event.action)).toEqual(['start', 'die'])
    expect(b.events()[1]!.attributes).toEqual({ image: 'host', name: 'test', exitCode: '3' })
  })

  it('reports the signal that ended it', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    const { fields } = await b.start()
    process.kill(fields.pid, 'SIGKILL')
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 137, signal: 9, oomKilled: 0 })
    await b.end()
    expect(b.readState()).toMatchObject({ exitCode: 137, signal: 9, stoppedByUser: false })
  })

  it('has a state on the disk before it says that it runs', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    const { fields } = await b.start()
    expect(b.readState()).toMatchObject({ version: 1, bootId: 'boot', status: 'running', pid: fields.pid })
    const state = expectReply(await b.owner.request('query', {}), 'state')
    expect(state.fields).toMatchObject({ status: 1, pid: fields.pid, startedAtNs: fields.startedAtNs, health: 0 })
  })

  it('tells what failed before the program ran', async () => {
    const b = bench({ argv: ['/no/such/program'] })
    const failed = expectReply(await b.owner.request('start', {}), 'failed')
    expect(b.program.operation(failed.fields as never)?.name).toBe('execute')
    expect(failed.fields.errno).toBe(2)
    await b.end()
    expect(b.readState()).toMatchObject({ status: 'exited', exitCode: 127, failure: { section: 2, errno: 2 } })
    expect(b.events()).toEqual([])
  })

  it('gives 126 for what cannot be executed', async () => {
    const b = bench({ argv: ['/etc/passwd'] })
    expectReply(await b.owner.request('start', {}), 'failed')
    await b.end()
    expect(b.readState().exitCode).toBe(126)
  })

  it('stops at a barrier until it is started again', async () => {
    const b = bench({ argv: shell('exit 4'), barrier: true })
    const created = expectReply(await b.owner.request('start', {}), 'done')
    expect(isRunning(created.fields.value)).toBe(true)
    expect(b.readState()).toMatchObject({ status: 'created', pid: created.fields.value })
    expect((await b.start()).fields.pid).toBe(created.fields.value)
    expect((await b.next('exited')).fields.exitCode).toBe(4)
  })

  it('can be stopped at the barrier', async () => {
    const b = bench({ barrier: true })
    const created = expectReply(await b.owner.request('start', {}), 'done')
    expectReply(await b.owner.request('stop', { signal: 0, graceMs: -1, restart: 0 }), 'done')
    await b.end()
    expect(isRunning(created.fields.value)).toBe(false)
    expect(b.events()).toEqual([])
  })

  it('refuses a second start', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    expect(expectReply(await b.owner.request('start', {}), 'refused').fields.errno).toBe(114)
  })

  it('leaves the disk alone at the end when the state goes with it', async () => {
    const b = bench({ argv: ['/bin/busybox', 'true'], stateGoes: true, lifetime: { process: 1 } })
    await b.start()
    expect((await b.next('gone')).fields.errno).toBe(0)
    await b.end()
    expect(existsSync(b.state)).toBe(false)
  })

  it('runs an init that reports the status of its child', async () => {
    const b = bench({ argv: shell('kill -USR1 $$; sleep 1000'), init: true })
    await b.start()
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 138, signal: 10 })
  })

  it('reaps what it adopts without a word', async () => {
    const b = bench({ argv: shell('(sleep 0.05 & ) ; sleep 0.2'), flags: 0 })
    await b.start()
    await b.next('exited')
    await b.next('gone')
    expect(b.news).toEqual([])
  })

  it('counts time and memory', async () => {
    const b = bench({ argv: shell('i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done') })
    await b.start()
    const { fields } = await b.next('exited')
    expect(fields.cpuUserUs + fields.cpuSystemUs).toBeGreaterThan(1000)
    expect(fields.maxRssBytes).toBeGreaterThan(4096)
    expect(fields.durationNs).toBeGreaterThan(1_000_000n)
  })
})

describe('the owner', () => {
  it('ends a container of its own lifetime by leaving', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'], lifetime: { process: 1 } })
    const { fields } = await b.start()
    b.owner.close()
    await b.end()
    expect(isRunning(fields.pid)).toBe(false)
  })

  it('leaves a detached one running, which another can reach', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    const { fields } = await b.start()
    b.owner.close()
    const other = await b.connect()
    expect(expectReply(await other.request('query', {}), 'state').fields.pid).toBe(fields.pid)
    expectReply(await other.request('stop', { signal: 9, graceMs: 0, restart: 0 }), 'done')
    expect(b.readState()).toMatchObject({ status: 'exited', exitCode: 137, stoppedByUser: true })
    await b.end()
  })

  it('that leaves before a start takes the monitor along', async () => {
    const b = bench()
    await b.owner.request('query', {})
    b.owner.close()
    await b.end()
    expect(existsSync(`${b.state}/state.json`)).toBe(false)
  })
})

describe('the monitor', () => {
  it('takes its container along when it is killed', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    const { fields } = await b.start()
    process.kill(b.pid, 'SIGKILL')
    await until(() => !isRunning(fields.pid))
    expect(b.readState().status).toBe('running')
  })

  it('is a session of its own, blocks signals and cannot be dumped', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    expect(readFileSync(`/proc/${b.pid}/comm`, 'utf8')).toBe('gantry-monitor\n')
    expect(readlinkSync(`/proc/${b.pid}/cwd`)).toBe('/')
    expect(Number(readFileSync(`/proc/${b.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[3])).toBe(b.pid)
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGPIPE'] as const) process.kill(b.pid, signal)
    expectReply(await b.owner.request('query', {}), 'state')
  })

  it('costs little memory', async () => {
    const b = bench({ ...logged, argv: shell('seq 1 200000; sleep 1000') })
    await b.start()
    await until(() => b.text().endsWith('200000\n'))
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${b.pid}/smaps_rollup`, 'utf8'))![1])
    expect(pss).toBeLessThanOrEqual(512)
  })
})

describe('ways to end', () => {
  it('stops by the signal, within the grace', async () => {
    const b = bench({
      ...logged,
      argv: shell('trap "exit 7" TERM; echo; while :; do sleep 0.02; done'),
      restart: { policy: 2 },
    })
    await b.start()
    await until(() => b.text() === '\n')
    const exited = b.next('exited')
    expectReply(await b.owner.request('stop', { signal: 0, graceMs: 5000, restart: 0 }), 'done')
    expect((await exited).fields).toMatchObject({ exitCode: 7, willRestart: 0 })
    expect(b.readState()).toMatchObject({ status: 'exited', stoppedByUser: true })
  })

  it('kills what ignores the signal', async () => {
    const b = bench({ argv: shell('trap "" TERM; while :; do sleep 0.02; done') })
    await b.start()
    expectReply(await b.owner.request('stop', { signal: 15, graceMs: 50, restart: 0 }), 'done')
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 137, signal: 9 })
  })

  it('answers everyone who asked for a stop', async () => {
    const b = bench({ argv: shell('trap "" TERM; while :; do sleep 0.02; done') })
    await b.start()
    const stop = { signal: 15, graceMs: 100, restart: 0 }
    const replies = await Promise.all([
      b.owner.request('stop', stop),
      b.owner.request('stop', stop),
      (await b.connect()).request('stop', stop),
    ])
    expect(replies.map((reply) => reply.name)).toEqual(['done', 'done', 'done'])
  })

  it('restarts when asked to', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    const first = await b.start()
    expectReply(await b.owner.request('stop', { signal: 9, graceMs: 1000, restart: 1 }), 'done')
    expect((await b.next('exited')).fields.willRestart).toBe(1)
    const second = await b.next('started')
    expect(second.fields.pid).not.toBe(first.fields.pid)
    expect(second.fields.restartCount).toBe(0)
    await until(() => b.readState().status === 'running')
    expect(b.readState()).toMatchObject({ pid: second.fields.pid, stoppedByUser: false })
  })

  it('ends at the time limit', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'], lifetime: { timeoutMs: 50 }, restart: { policy: 2 } })
    await b.start()
    expect((await b.next('exited')).fields).toMatchObject({ timedOut: 1, signal: 9, willRestart: 0 })
    await b.end()
    expect(b.readState().timedOut).toBe(true)
  })

  it('signals the first process', async () => {
    const b = bench({ argv: shell('trap "exit 9" USR1; echo; while :; do sleep 0.02; done'), ...logged })
    await b.start()
    await until(() => b.text() === '\n')
    expectReply(await b.owner.request('signal', { signal: 10, all: 0 }), 'done')
    expect((await b.next('exited')).fields.exitCode).toBe(9)
  })

  it('refuses signals that do not exist', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'] })
    await b.start()
    for (const signal of [-1, 65, 1e6])
      expect(expectReply(await b.owner.request('signal', { signal, all: 0 }), 'refused').fields.errno).toBe(22)
  })

  it('stops gently when the machine goes down', async () => {
    const b = bench({
      argv: shell('trap "exit 5" TERM; echo; while :; do sleep 0.02; done'),
      restart: { policy: 2 },
      ...logged,
    })
    await b.start()
    await until(() => b.text() === '\n')
    process.kill(b.pid, 'SIGTERM')
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 5, willRestart: 0 })
    await b.end()
    expect(b.readState().stoppedByUser).toBe(false)
  })
})
