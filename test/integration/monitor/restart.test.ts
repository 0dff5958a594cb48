import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectReply, shell, useBench } from './bench.js'

const bench = useBench()
const logged = { streams: { mode: 1 }, log: { maxSize: 0, maxFiles: 1 } }

describe('the restart policy', () => {
  it('gives up after the attempts of on-failure, with a longer pause each time', async () => {
    const b = bench({ ...logged, argv: shell('echo x; exit 3'), restart: { policy: 1, maximum: 2 } })
    await b.start()
    const ends = [await b.next('exited'), await b.next('exited'), await b.next('exited')]
    expect(ends.map(({ fields }) => [fields.exitCode, fields.willRestart, fields.restartCount])).toEqual([
      [3, 1, 1],
      [3, 1, 2],
      [3, 0, 2],
    ])
    await b.end()
    const pauses = [1, 2].map((i) => Number(ends[i]!.fields.startedAtNs - ends[i - 1]!.fields.finishedAtNs) / 1e6)
    expect(pauses[0]).toBeGreaterThanOrEqual(99)
    expect(pauses[1]).toBeGreaterThanOrEqual(199)
    expect(b.text()).toBe('x\nx\nx\n')
    expect(b.readState()).toMatchObject({ status: 'exited', exitCode: 3, restartCount: 2 })
    expect(b.events().map((event) => event.action)).toEqual(['start', 'die', 'start', 'die', 'start', 'die'])
  })

  it('leaves a success alone on-failure', async () => {
    const b = bench({ restart: { policy: 1 } })
    await b.start()
    expect((await b.next('exited')).fields.willRestart).toBe(0)
  })

  it.each([2, 3])('restarts after a success (policy %i), and is in restarting meanwhile', async (policy) => {
    const b = bench({ restart: { policy } })
    await b.start()
    expect((await b.next('exited')).fields.willRestart).toBe(1)
    expect(expectReply(await b.owner.request('query', {}), 'state').fields).toMatchObject({
      status: 3,
      restartCount: 1,
    })
    expect(b.readState()).toMatchObject({ status: 'restarting', restartCount: 1, exitCode: 0 })
    expect((await b.next('started')).fields.restartCount).toBe(1)
  })

  it('ends by a stop while it waits', async () => {
    const b = bench({ restart: { policy: 2 } })
    await b.start()
    await b.next('exited')
    expectReply(await b.owner.request('stop', { signal: 0, graceMs: -1, restart: 0 }), 'done')
    await b.end()
    expect(b.readState()).toMatchObject({ status: 'exited', stoppedByUser: true })
  })

  it('ends by a kill', async () => {
    const b = bench({ argv: ['/bin/busybox', 'sleep', '1000'], restart: { policy: 2 } })
    await b.start()
    expectReply(await b.owner.request('signal', { signal: 9, all: 1 }), 'done')
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 137, willRestart: 0 })
    await b.end()
    expect(b.readState().stoppedByUser).toBe(true)
  })

  it('goes on from the count that it is given', async () => {
    const b = bench({ argv: shell('exit 1'), restart: { policy: 1, maximum: 5, count: 4 } })
    await b.start()
    expect((await b.next('exited')).fields).toMatchObject({ willRestart: 1, restartCount: 5 })
    expect((await b.next('exited')).fields).toMatchObject({ willRestart: 0, restartCount: 5 })
  })

  it('can be changed while it runs, as can what describes the container', async () => {
    const b = bench({ argv: shell('read x; exit 1'), streams: { mode: 1, stdin: 1 }, restart: { policy: 2 } })
    await b.start()
    expectReply(await b.owner.request('settings', { policy: 0, maximum: 0 }, { tail: '"name":"renamed"' }), 'done')
    b.owner.post('input', {}, { tail: '' })
    expect((await b.next('exited')).fields.willRestart).toBe(0)
    await b.end()
    expect(b.events().at(-1)).toMatchObject({ action: 'die', attributes: { name: 'renamed', exitCode: '1' } })
    expect(b.events().at(-1)!.attributes).not.toHaveProperty('image')
  })

  it('refuses settings that make no sense', async () => {
    const b = bench()
    const settings = async (fields: { policy: number; maximum: number }, tail = '') =>
      expectReply(await b.owner.request('settings', fields, { tail }), 'refused').fields.errno
    expect(await settings({ policy: 4, maximum: 0 })).toBe(22)
    expect(await settings({ policy: -2, maximum: 0 })).toBe(22)
    expect(await settings({ policy: 1, maximum: -1 })).toBe(22)
    expect(await settings({ policy: -1, maximum: 0 }, '"two\nlines"')).toBe(22)
    expect(await settings({ policy: -1, maximum: 0 }, 'x'.repeat(8193))).toBe(90)
  })

  it('counts a start that fails later as an attempt', async () => {
    const b = bench({
      restart: { policy: 2 },
      prepare: (directory) => {
        writeFileSync(join(directory, 'needed'), '')
        return {
          setup: (writer) =>
            writer.emit('setup', 'open', {
              slot: 20,
              at: -1,
              path: join(directory, 'needed'),
              flags: 0,
              resolve: 0,
              mode: 0,
            }),
        }
      },
    })
    await b.start()
    rmSync(join(b.directory, 'needed'))
    const failed = await b.next('failed')
    expect(failed.fields).toMatchObject({ section: 1, errno: 2 })
    await b.owner.request('query', {})
    expect(b.readState()).toMatchObject({ status: 'restarting', exitCode: 128, restartCount: 2, failure: { errno: 2 } })
    writeFileSync(join(b.directory, 'needed'), '')
    expect((await b.next('started')).fields.restartCount).toBeGreaterThanOrEqual(2)
    expect(b.readState().failure).toBeUndefined()
  })
})
