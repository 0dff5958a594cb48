import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContainerRunOptions } from '../../../lib/index.js'
import { openWorkshop, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const run = async (script: string, options: Partial<ContainerRunOptions> = {}) => {
  await using container = await shop.engine.Container.run({ image: 'busybox', command: ['sh', '-c', script], stopTimeout: 0, ...options })
  return (await container.inspect()).status
}

describe('ready', () => {
  it('when a port of the host network accepts connections', async () => {
    const port = await freePort()
    expect(await run(`sleep 0.1; httpd -f -p ${port}`, { network: 'host', ready: { port } })).toBe('running')
  })

  it('when a port of its own network is listened on', async () => {
    expect(await run('sleep 0.1; httpd -f -p 80', { ready: { port: 80 } })).toBe('running')
  })

  it('when http answers', async () => {
    const port = await freePort()
    expect(await run(`mkdir /www; sleep 0.1; echo ok > /www/health; httpd -f -p ${port} -h /www`, { network: 'host', ready: { http: '/health', port } })).toBe('running')
    expect(await run(`mkdir /www; httpd -f -p ${port} -h /www`, { network: 'host', ready: { http: '/none', port, status: 404 } })).toBe('running')
  })

  it('when the log shows it, so many times', async () => {
    expect(await run('for i in 1 2 3; do sleep 0.05; echo "line $i ready"; done; sleep 100', { ready: { log: /line \d ready/, times: 3 } })).toBe('running')
    expect(await run('echo "all is ready now"; sleep 100', { ready: { log: 'is ready' } })).toBe('running')
  })

  it('when a command succeeds, a function says so, the health check does, or all of them', async () => {
    let asked = 0
    const ready = [{ exec: ['test', '-e', '/tmp/up'] }, () => ++asked > 2, { health: true as const }]
    expect(await run('sleep 0.1; touch /tmp/up; sleep 100', { ready, healthcheck: { command: 'test -e /tmp/up', interval: 50, startPeriod: 0 } })).toBe('running')
    expect(asked).toBeGreaterThan(2)
  })

  it('not when it ends first', async () => {
    // With its last words: they are gone with it.
    await expect(run('echo the disk is full; exit 3', { name: 'early', ready: { log: 'yes' } })).rejects.toMatchObject({ code: 'ERR_NOT_READY', message: expect.stringMatching(/code 3 [\s\S]*\n\nthe disk is full/) as string })
    await expect(shop.engine.Container.get('early')).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
  })

  it('not within the time, and nothing is left', async () => {
    await expect(run('sleep 100', { name: 'late', timeout: 150, ready: { log: 'yes' } })).rejects.toMatchObject({ code: 'ERR_TIMEOUT', message: expect.stringContaining('"yes"') as string })
    const abort = new AbortController()
    const running = run('sleep 100', { name: 'late', signal: abort.signal, ready: { port: 80 } })
    await pause(50)
    abort.abort()
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(shop.engine.Container.get('late')).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
  })

  it('hands on what a function throws', async () => {
    await expect(run('sleep 100', { ready: () => { throw new TypeError('mine') } })).rejects.toThrow(new TypeError('mine'))
  })

  it('refuses what it does not know', async () => {
    for (const ready of [{ port: 0 }, { port: 'x' }, { http: 'health' }, { log: '' }, { health: false }, { exec: [] }, { what: 1 }, 'soon', { port: 80, extra: 1 }]) {
      await expect(run('sleep 1', { ready: ready as never })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    }
  })
})
