import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectReply, isRunning, shell, until, useBench } from './bench.js'

const bench = useBench()
const argv = ['/bin/busybox', 'sleep', '1000']
const quick = { intervalMs: 20, timeoutMs: 5000, retries: 2, startPeriodMs: 0 }

describe('health', () => {
  it('turns healthy, with the output of the probe in the state', async () => {
    const b = bench({ argv, health: { ...quick, argv: shell('echo fine; echo really >&2') } })
    await b.start()
    expect(b.readState().health).toMatchObject({ status: 'starting', failingStreak: 0, log: [] })
    expect((await b.next('health')).fields).toEqual({ status: 2, failingStreak: 0 })
    const { health } = b.readState()
    expect(health).toMatchObject({ status: 'healthy', failingStreak: 0 })
    expect(health!.log[0]!.exitCode).toBe(0)
    expect(Buffer.from(health!.log[0]!.output, 'base64').toString()).toBe('fine\nreally\n')
    expect(BigInt(health!.log[0]!.endNs)).toBeGreaterThan(BigInt(health!.log[0]!.startNs))
    expect(b.events().at(-1)).toMatchObject({
      action: 'health_status: healthy',
      attributes: { health_status: 'healthy' },
    })
    expect(expectReply(await b.owner.request('query', {}), 'state').fields.health).toBe(2)
  })

  it('turns unhealthy after the retries, and healthy again', async () => {
    const b = bench({
      argv,
      prepare: (directory) => ({ health: { ...quick, argv: shell(`test -e ${directory}/flag`) } }),
    })
    await b.start()
    expect((await b.next('health')).fields).toEqual({ status: 1, failingStreak: 1 })
    expect((await b.next('health')).fields).toEqual({ status: 3, failingStreak: 2 })
    writeFileSync(join(b.directory, 'flag'), '')
    await until(() => b.events().some((event) => event.action === 'health_status: healthy'))
    expect(b.readState().health).toMatchObject({ status: 'healthy', failingStreak: 0 })
    expect(b.events().map((event) => event.action)).toContain('health_status: unhealthy')
    expect(isRunning(b.readState().pid)).toBe(true)
  })

  it('forgives failures in the start period', async () => {
    const b = bench({
      argv,
      health: { ...quick, retries: 1, startPeriodMs: 60_000, startIntervalMs: 10, argv: shell('exit 1') },
    })
    await b.start()
    await until(() => (b.readState().health?.log.length ?? 0) >= 5)
    expect(b.readState().health).toMatchObject({ status: 'starting', failingStreak: 0 })
  })

  it('keeps the last five results, and 4096 bytes of each', async () => {
    const b = bench({ argv, health: { ...quick, argv: shell('yes | head -c 50000; exit 0') } })
    await b.start()
    await until(() => (b.readState().health?.log.length ?? 0) >= 4)
    const seen = b.readState().health!.log.length
    await until(() => b.readState().health!.log.at(-1)!.startNs !== undefined)
    expect(seen).toBeLessThanOrEqual(5)
    expect(Buffer.from(b.readState().health!.log[0]!.output, 'base64')).toHaveLength(4096)
  })

  it('kills a probe that takes too long', async () => {
    const b = bench({ argv, health: { ...quick, timeoutMs: 50, retries: 1, argv: ['/bin/busybox', 'sleep', '1000'] } })
    await b.start()
    expect((await b.next('health')).fields).toEqual({ status: 3, failingStreak: 1 })
    const [result] = b.readState().health!.log
    expect(result!.exitCode).toBe(-1)
    expect(Buffer.from(result!.output, 'base64').toString()).toContain('50 ms')
  })

  it('counts a probe that cannot be run as a failure', async () => {
    const b = bench({ argv, health: { ...quick, retries: 1, argv: ['/no/such/probe'] } })
    await b.start()
    expect((await b.next('health')).fields.status).toBe(3)
    expect(b.readState().health!.log[0]!.exitCode).toBe(-1)
  })

  it('kills the unhealthy when told to, and the policy starts it again', async () => {
    const b = bench({
      argv,
      restart: { policy: 2 },
      health: { ...quick, retries: 1, onUnhealthy: 1, argv: shell('exit 1') },
    })
    await b.start()
    expect((await b.next('exited')).fields).toMatchObject({ signal: 9, willRestart: 1 })
    await b.next('started')
    expect(b.readState().health).toMatchObject({ failingStreak: 0 })
  })

  it('restarts the unhealthy when told to', async () => {
    const b = bench({
      argv,
      lifetime: { stopSignal: 9 },
      health: { ...quick, retries: 1, onUnhealthy: 2, argv: shell('exit 1') },
    })
    await b.start()
    expect((await b.next('exited')).fields.willRestart).toBe(1)
    await b.next('started')
  })

  it('stops the unhealthy when told to', async () => {
    const b = bench({
      argv,
      restart: { policy: 2 },
      lifetime: { stopSignal: 9 },
      health: { ...quick, retries: 1, onUnhealthy: 3, argv: shell('exit 1') },
    })
    await b.start()
    expect((await b.next('exited')).fields.willRestart).toBe(0)
    await b.end()
    expect(b.readState()).toMatchObject({ status: 'exited', health: { status: 'unhealthy' } })
  })
})
