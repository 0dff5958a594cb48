import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Container, type ContainerSpec, Engine, type GantryEvent } from '../../../lib/index.js'
import { cgroupsOf, openWorkshop, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const spec = (command: string[], more: Partial<ContainerSpec> = {}): ContainerSpec => ({ image: 'busybox', command, ...more })
const sleeper = (more: Partial<ContainerSpec> = {}) => spec(['sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.02; done'], more)

async function until(question: () => Promise<boolean> | boolean): Promise<void> {
  for (let round = 0; !(await question()); round++) {
    if (round > 500) throw new Error('it did not happen')
    await pause(10)
  }
}

const isUp = async (container: Container) => {
  for await (const { text } of container.logs({ follow: true })) if (text === 'up') return
}

describe('a container', () => {
  it('is created, started, stopped, started again and removed', async () => {
    const { Container } = shop.engine
    const container = await Container.create(sleeper({ name: 'alpha', labels: { a: '1' } }))
    expect(await container.inspect()).toMatchObject({ id: container.id, name: 'alpha', image: 'busybox', status: 'created', pid: 0, exitCode: null, startedAt: null, labels: { a: '1' } })
    await container.start()
    await isUp(container)
    const running = await container.inspect()
    expect(running).toMatchObject({ status: 'running', exitCode: null })
    expect(running.pid).toBeGreaterThan(1)
    expect(Date.now() - running.startedAt!.getTime()).toBeLessThan(60_000)
    await container.start()
    await container.stop()
    expect(await container.inspect()).toMatchObject({ status: 'exited', exitCode: 5, pid: 0 })
    await container.stop()
    await container.start()
    await isUp(container)
    await expect(container.remove()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await container.remove({ force: true })
    await expect(container.inspect()).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
    expect(cgroupsOf(container.id)).toEqual([])
    expect(existsSync(join(shop.root, 'containers', container.id))).toBe(false)
  })

  it('is found by id, beginning of the id and name; and not found', async () => {
    const { Container } = shop.engine
    const container = await Container.create(spec(['true'], { name: 'beta' }))
    for (const reference of [container.id, container.id.slice(0, 12), 'beta', '/beta']) expect((await Container.get(reference)).id).toBe(container.id)
    await expect(Container.get('no-such')).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
    await expect(Container.create(spec(['true'], { name: 'beta' }))).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' })
    await container.rename('gamma')
    expect((await Container.get('gamma')).name).toBe('gamma')
    await expect(Container.get('beta')).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
    await container.remove()
  })

  it('keeps what it wrote over a restart', async () => {
    const container = await shop.engine.Container.create(spec(['sh', '-c', 'echo x >> /count; wc -l < /count']))
    for (const expected of ['1', '2']) {
      await container.start()
      expect(await container.wait()).toEqual({ exitCode: 0 })
      const lines: string[] = []
      for await (const { text } of container.logs({ tail: 1 })) lines.push(text)
      expect(lines).toEqual([expected])
    }
    await container.remove()
  })

  it('is killed after the grace, and at once', async () => {
    const stubborn = () => spec(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'])
    const container = await shop.engine.Container.run(stubborn())
    await isUp(container)
    await container.stop({ timeout: 100 })
    expect(await container.inspect()).toMatchObject({ exitCode: 137 })
    await container.start()
    await container.stop({ timeout: 0 })
    await container.start()
    await container.kill()
    expect(await container.wait()).toEqual({ exitCode: 137 })
    await expect(container.kill()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await container.remove()
  })

  it('is restarted, running or not', async () => {
    const container = await shop.engine.Container.create(sleeper())
    await container.restart()
    const { pid } = await container.inspect()
    await isUp(container)
    await container.restart()
    const after = await container.inspect()
    expect(after.status).toBe('running')
    expect(after.pid).not.toBe(pid)
    await container.remove({ force: true })
  })

  it('is paused and goes on', async () => {
    const container = await shop.engine.Container.run(sleeper())
    await isUp(container)
    await container.pause()
    expect((await container.inspect()).status).toBe('paused')
    await expect(container.pause()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await expect(container.start()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await container.unpause()
    expect((await container.inspect()).status).toBe('running')
    await expect(container.unpause()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await container.pause()
    await container.stop()
    expect((await container.inspect()).status).toBe('exited')
    await container.remove()
  })

  it('says why it cannot be started, and can be removed', async () => {
    const container = await shop.engine.Container.create(spec(['no-such-program']))
    await expect(container.start()).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND', id: container.id })
    expect(await container.inspect()).toMatchObject({ exitCode: 127 })
    await container.remove()
    await expect(shop.engine.Container.run(spec(['no-such-program'], { name: 'delta' }))).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' })
    await expect(shop.engine.Container.get('delta')).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
  })

  it('removes itself', async () => {
    const container = await shop.engine.Container.run(spec(['sleep', '0.1'], { autoRemove: true }))
    expect(await container.wait({ condition: 'removed' })).toEqual({ exitCode: 0 })
    expect(existsSync(join(shop.root, 'containers', container.id))).toBe(false)
    await until(() => !readdirSync(join(shop.root, 'names/containers')).includes(container.name))
  })

  it('is started again by its policy, and not after a stop', async () => {
    const container = await shop.engine.Container.run(spec(['sh', '-c', 'sleep 0.05; exit 3'], { restart: 'on-failure:2' }))
    expect(await container.wait({ condition: 'next-exit' })).toEqual({ exitCode: 3 })
    expect(await container.wait()).toEqual({ exitCode: 3 })
    expect(await container.inspect()).toMatchObject({ status: 'exited', exitCode: 3, restartCount: 2 })
    await container.remove()
    const always = await shop.engine.Container.run(sleeper({ restart: 'always' }))
    await isUp(always)
    await always.stop()
    await pause(300)
    expect((await always.inspect()).status).toBe('exited')
    await always.remove()
  })

  it('waits with a limit and can be aborted', async () => {
    const container = await shop.engine.Container.run(sleeper())
    await expect(container.wait({ timeout: 50 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    const abort = new AbortController()
    const waiting = container.wait({ signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(container.wait({ condition: 'nonsense' as never })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await container.remove({ force: true })
  })

  it('is waited for until its check says healthy, and unhealthy, as long as it runs', async () => {
    const { Container } = shop.engine
    const healthcheck = { command: 'test -e /ok', interval: 20, retries: 1 }
    const container = await Container.create(sleeper({ healthcheck }))
    for (const condition of ['healthy', 'unhealthy'] as const) await expect(container.wait({ condition })).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE', message: expect.stringContaining('it is created') as string })
    await container.start()
    expect(await container.wait({ condition: 'unhealthy' })).toEqual({ exitCode: null })
    await container.exec(['touch', '/ok'])
    expect(await container.wait({ condition: 'healthy' })).toEqual({ exitCode: null })
    const never = container.wait({ condition: 'unhealthy' })
    never.catch(() => {})
    await container.stop({ timeout: 0 })
    await expect(never).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    expect(await container.inspect()).toMatchObject({ status: 'exited', health: 'none' })
    expect(await Container.list({ all: true, filters: { health: 'healthy' } })).toEqual([])
    await container.remove()
    await expect(container.wait({ condition: 'healthy' })).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
    // The one that is killed for it is seen, too.
    await using fragile = await Container.run({ ...sleeper({ healthcheck: { ...healthcheck, command: 'test ! -e /bad', onUnhealthy: 'kill' } }), ready: { health: true } })
    const unhealthy = fragile.wait({ condition: 'unhealthy' })
    await fragile.exec(['touch', '/bad'])
    expect(await unhealthy).toEqual({ exitCode: null })
    await using unchecked = await Container.run(sleeper())
    await expect(unchecked.wait({ condition: 'healthy' })).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE', message: expect.stringContaining('no health check') as string })
  })

  it('is thrown away when it goes out of scope, without the grace of a stop', async () => {
    let id: string
    {
      // With a stop() the test would last an hour.
      await using container = await shop.engine.Container.run(spec(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'], { stopTimeout: '1h' }))
      id = container.id
      await isUp(container)
    }
    await expect(shop.engine.Container.get(id)).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
    {
      await using created = await shop.engine.Container.create(sleeper())
      await created.remove()
    }
    expect(await shop.engine.Container.list({ all: true })).toEqual([])
  })

  it('has its limits changed while it runs', async () => {
    const container = await shop.engine.Container.run(sleeper({ memory: '64m' }))
    await container.update({ memory: '128m', pidsLimit: 50, restart: 'always' })
    const { spec: now } = await container.inspect()
    expect(now).toMatchObject({ memory: 128 * 1024 * 1024, pidsLimit: 50, restart: { policy: 'always' } })
    const stats = []
    for await (const one of container.stats({ stream: false })) stats.push(one)
    expect(stats[0]).toMatchObject({ memory: { limitBytes: 128 * 1024 * 1024 }, pids: { limit: 50 } })
    await container.update({ memory: '32m' })
    await expect(container.update({ memory: '1k' })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await container.kill('SIGKILL')
    await container.wait()
    await container.remove()
  })

  it('shows its processes', async () => {
    const container = await shop.engine.Container.run(spec(['sleep', '100']))
    const { titles, processes } = await container.top()
    expect(titles).toContain('PID')
    expect(processes.map((row) => row.at(-1))).toContain('sleep 100')
    await container.remove({ force: true })
    await expect(container.top()).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
  })
})

describe('the list', () => {
  it('shows the running ones, or all, by filters', async () => {
    const { Container } = shop.engine
    const running = await Container.run(sleeper({ name: 'runs', labels: { kind: 'x' } }))
    const made = await Container.create(spec(['true'], { name: 'made', labels: { kind: 'y' } }))
    const failed = await Container.run(spec(['sh', '-c', 'exit 4'], { name: 'fails' }))
    await failed.wait()
    const names = async (options?: Parameters<typeof Container.list>[0]) => (await Container.list(options)).map(({ name }) => name)
    expect(await names()).toEqual(['runs'])
    expect(await names({ all: true })).toEqual(['fails', 'made', 'runs'])
    expect(await names({ limit: 1 })).toEqual(['fails'])
    expect(await names({ filters: { status: 'created' } })).toEqual(['made'])
    expect(await names({ filters: { exited: '4' } })).toEqual(['fails'])
    expect(await names({ all: true, filters: { label: 'kind' } })).toEqual(['made', 'runs'])
    expect(await names({ all: true, filters: { label: ['kind=y'] } })).toEqual(['made'])
    expect(await names({ all: true, filters: { name: 'ma' } })).toEqual(['made'])
    expect(await names({ all: true, filters: { ancestor: 'docker.io/library/busybox:latest', since: 'runs' } })).toEqual(['fails', 'made'])
    expect(await names({ all: true, filters: { before: made.id } })).toEqual(['runs'])
    expect(await names({ all: true, filters: { id: made.id.slice(0, 20) } })).toEqual(['made'])
    await expect(names({ filters: { colour: 'red' } as never })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(names({ filters: { status: 'asleep' } })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    const pruned = await Container.prune({ filters: { label: 'kind' } })
    expect(pruned.removed).toEqual([made.id])
    expect((await Container.prune()).removed).toEqual([failed.id])
    expect(await names({ all: true })).toEqual(['runs'])
    await running.remove({ force: true })
  })
})

describe('events', () => {
  it('tell the life of a container, also to another engine', async () => {
    const other = await Engine.open({ root: shop.root, runRoot: shop.runRoot })
    const abort = new AbortController()
    const seen: GantryEvent[] = []
    const following = (async () => {
      for await (const event of other.events({ signal: abort.signal, filters: { type: 'container' } })) {
        seen.push(event)
        if (event.action === 'destroy') break
      }
    })()
    const heard: string[] = []
    await pause(20)
    const container = await shop.engine.Container.create(sleeper({ name: 'echo', labels: { l: 'v' } }))
    container.on('die', (event) => heard.push(`${event.action} ${event.attributes.exitCode}`))
    await container.start()
    await isUp(container)
    await container.exec(['sh', '-c', 'exit 3'])
    await container.pause()
    await container.unpause()
    await container.rename('foxtrot')
    await container.update({ pidsLimit: 100 })
    await container.kill('SIGTERM')
    await container.wait()
    await container.remove()
    await following
    await other.close()
    expect(seen.map(({ action }) => action)).toEqual(['create', 'start', 'exec_create', 'exec_start', 'exec_die', 'pause', 'unpause', 'rename', 'update', 'kill', 'die', 'destroy'])
    expect(seen[0]!.attributes).toMatchObject({ name: 'echo', image: 'busybox', l: 'v' })
    expect(seen.find(({ action }) => action === 'die')!.attributes).toMatchObject({ name: 'foxtrot', exitCode: '5' })
    await until(() => heard.length > 0)
    expect(heard).toEqual(['die 5'])
  })
})
