import { closeSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { MonitorClient, MonitorMessage, MonitorMessageOf } from '../../../lib/launch/monitor.js'
import { memfd, PipeReader, pipe } from '../../../lib/native/index.js'
import { type Bench, execProgram, expectReply, isRunning, shell, until, useBench } from './bench.js'

const bench = useBench()

async function running(make = bench): Promise<Bench> {
  const b = make({ argv: ['/bin/busybox', 'sleep', '1000'] })
  await b.start()
  return b
}

interface Run {
  reply: MonitorMessage
  output: () => string
  ended: Promise<MonitorMessageOf<'executeExited'>>
}

/** Runs an exec whose stdout is a pipe. */
async function exec(
  client: MonitorClient,
  argv: string[],
  options: { terminal?: boolean; lifetime?: number } = {},
): Promise<Run> {
  const program = memfd('exec', execProgram(argv, options))
  const [read, write] = pipe()
  let text = ''
  let end: (message: MonitorMessageOf<'executeExited'>) => void
  const ended = new Promise<MonitorMessageOf<'executeExited'>>((resolve) => (end = resolve))
  const [nothing, writeNothing] = pipe()
  const reply = await client.request(
    'execute',
    { terminal: options.terminal ? 1 : 0, lifetime: options.lifetime ?? 0 },
    { descriptors: [program, nothing, write, write], later: (message) => end(expectReply(message, 'executeExited')) },
  )
  for (const fd of [program, nothing, writeNothing, write]) closeSync(fd)
  const reader = new PipeReader(read, (chunk) => {
    if (chunk) text += chunk.toString()
    else reader.close()
  })
  return { reply, output: () => text, ended }
}

describe('an exec', () => {
  it('runs beside the container and reports its end', async () => {
    const b = await running()
    const run = await exec(b.owner, shell('echo hi; exit 5'))
    expect(expectReply(run.reply, 'executed').fields.pid).toBeGreaterThan(0)
    expect((await run.ended).fields).toMatchObject({ exitCode: 5, signal: 0 })
    await until(() => run.output() === 'hi\n')
  })

  it('tells what failed', async () => {
    const b = await running()
    const run = await exec(b.owner, ['/no/such'])
    expect(expectReply(run.reply, 'failed').fields).toMatchObject({ section: 2, errno: 2 })
  })

  it('is refused when nothing runs', async () => {
    const b = bench()
    const run = await exec(b.owner, ['/bin/busybox', 'true'])
    expect(expectReply(run.reply, 'refused').fields.errno).toBe(3)
  })

  it('is refused without a program, and with one that is none', async () => {
    const b = await running()
    expect(expectReply(await b.owner.request('execute', { terminal: 0, lifetime: 0 }), 'refused').fields.errno).toBe(74)
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('rubbish'),
      Buffer.alloc(5000, 0xff),
      execProgram(['/bin/true']).subarray(0, 100),
    ]) {
      const program = memfd('rubbish', bytes)
      const reply = await b.owner.request('execute', { terminal: 0, lifetime: 0 }, { descriptors: [program] })
      closeSync(program)
      expect(expectReply(reply, 'refused').fields.errno).toBe(74)
    }
  })

  it('has nothing for streams that were not given', async () => {
    const b = await running()
    const program = memfd('exec', execProgram(shell('cat; echo lost')))
    let end: () => void
    const ended = new Promise<void>((resolve) => (end = resolve))
    expectReply(
      await b.owner.request('execute', { terminal: 0, lifetime: 0 }, { descriptors: [program], later: () => end() }),
      'executed',
    )
    closeSync(program)
    await ended
  })

  it('can be signalled by its request and by its pid', async () => {
    const b = await running()
    const one = await exec(b.owner, ['/bin/busybox', 'sleep', '1000'])
    expectReply(await b.owner.request('executeSignal', { execute: one.reply.id, pid: 0, signal: 15 }), 'done')
    expect((await one.ended).fields).toMatchObject({ exitCode: 143, signal: 15 })
    const other = await exec(b.owner, ['/bin/busybox', 'sleep', '1000'])
    const pid = expectReply(other.reply, 'executed').fields.pid
    expectReply(await (await b.connect()).request('executeSignal', { execute: 0, pid, signal: 9 }), 'done')
    expect((await other.ended).fields).toMatchObject({ exitCode: 137, signal: 9 })
    expect(
      expectReply(await b.owner.request('executeSignal', { execute: 0, pid, signal: 9 }), 'refused').fields.errno,
    ).toBe(3)
    // Only execs: not any process of the machine.
    expect(
      expectReply(await b.owner.request('executeSignal', { execute: 0, pid: process.pid, signal: 0 }), 'refused').fields
        .errno,
    ).toBe(3)
  })

  it('dies with its connection if it was asked to, and lives on if not', async () => {
    const b = await running()
    const client = await b.connect()
    const bound = expectReply(
      (await exec(client, ['/bin/busybox', 'sleep', '1000'], { lifetime: 1 })).reply,
      'executed',
    ).fields.pid
    const free = expectReply((await exec(client, ['/bin/busybox', 'sleep', '1000'])).reply, 'executed').fields.pid
    client.close()
    await until(() => !isRunning(bound))
    expect(isRunning(free)).toBe(true)
    expectReply(await b.owner.request('executeSignal', { execute: 0, pid: free, signal: 9 }), 'done')
  })

  it('has a terminal whose master travels', async () => {
    const b = await running()
    const run = await exec(b.owner, shell('stty size; read x; stty size; exit 3'), { terminal: true })
    const [master] = expectReply(run.reply, 'executed').descriptors
    let text = ''
    const reader = new PipeReader(master!, (chunk) => (text += chunk?.toString() ?? ''))
    await until(() => text === '24 80\r\n')
    expectReply(await b.owner.request('resize', { execute: run.reply.id, rows: 10, columns: 20 }), 'done')
    writeSync(master!, '\n')
    expect((await run.ended).fields.exitCode).toBe(3)
    await until(() => text.includes('10 20'))
    reader.close()
  })

  it('ends with the container, and says so', async () => {
    const b = await running()
    const run = await exec(b.owner, ['/bin/busybox', 'sleep', '1000'])
    b.owner.post('stop', { signal: 9, graceMs: 0, restart: 0 })
    expect((await run.ended).fields).toMatchObject({ exitCode: 137, signal: 9 })
    await b.end()
    await until(() => !isRunning(expectReply(run.reply, 'executed').fields.pid))
  })

  it('is refused beyond 64 at once, and room comes back', async () => {
    const b = await running()
    const runs = []
    for (let i = 0; i < 64; ++i) runs.push(await exec(b.owner, ['/bin/busybox', 'sleep', '1000'], { lifetime: 1 }))
    expect(expectReply((await exec(b.owner, ['/bin/busybox', 'true'])).reply, 'refused').fields.errno).toBe(11)
    expectReply(await b.owner.request('executeSignal', { execute: runs[7]!.reply.id, pid: 0, signal: 9 }), 'done')
    await runs[7]!.ended
    expect((await (await exec(b.owner, shell('exit 2'))).ended).fields.exitCode).toBe(2)
  })
})
