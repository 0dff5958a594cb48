/** Abort signals, time limits and bounds at every moment, and what a container does to resist its end. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorkshop, type Workshop } from '../container/busybox.js'
import { openPaths } from './processes.js'
import { collectIds, settledRemains } from './truth.js'

let shop: Workshop
let watched: ReturnType<typeof collectIds>
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  shop = await openWorkshop()
  watched = collectIds(shop)
})
afterAll(async () => {
  for (const container of await shop.engine.Container.list({ all: true })) await container.remove({ force: true })
  const left = await settledRemains(watched.ids, shop)
  watched.close()
  await shop.close()
  process.off('unhandledRejection', onUnhandled)
  expect(left).toEqual([])
  expect(unhandled).toEqual([])
})

const sleeping = { image: 'busybox', command: ['sleep', '1000'] }
const aborted = { code: 'ERR_ABORTED' }
const outcome = (promise: PromiseLike<unknown>) => promise.then(() => 'done', (error: { code?: string; stack?: string }) => error.code ?? error.stack)

/** A signal that fires after some milliseconds, or within the call for 0. */
function firing(milliseconds: number): AbortSignal {
  const controller = new AbortController()
  if (milliseconds === 0) queueMicrotask(() => controller.abort())
  else setTimeout(() => controller.abort(), milliseconds)
  return controller.signal
}

describe('an abort signal', () => {
  it('that has fired before refuses everything, and nothing is made', async () => {
    const signal = AbortSignal.abort()
    const { Container } = shop.engine
    await expect(shop.engine.run('busybox', ['true'], { signal })).rejects.toMatchObject(aborted)
    await expect(Container.run({ ...sleeping, signal })).rejects.toMatchObject(aborted)
    const container = await Container.run(sleeping)
    await expect(container.exec(['true'], { signal })).rejects.toMatchObject(aborted)
    await expect(container.wait({ signal })).rejects.toMatchObject(aborted)
    await expect(container.start({ signal })).rejects.toMatchObject(aborted)
    await expect(container.stop({ signal })).rejects.toMatchObject(aborted)
    await expect(container.restart({ signal })).rejects.toMatchObject(aborted)
    await expect(container.remove({ force: true, signal })).rejects.toMatchObject(aborted)
    expect((await container.inspect()).status).toBe('running')
    await container.remove({ force: true })
    expect(await Container.list({ all: true })).toEqual([])
  })

  it('ends a job at any moment', async () => {
    for (let round = 0; round < 60; round++) {
      const job = shop.engine.run('busybox', ['sleep', '1000'], { signal: firing(round % 15), isolation: round % 2 ? 'sandbox' : 'compat' })
      expect(await outcome(job)).toBe('ERR_ABORTED')
    }
  })

  it('after the end of a job changes nothing', async () => {
    const controller = new AbortController()
    const result = await shop.engine.run('busybox', ['true'], { signal: controller.signal })
    controller.abort()
    expect(result.exitCode).toBe(0)
  })

  it('takes back a container that is being started', async () => {
    for (let round = 0; round < 40; round++) {
      const container = await shop.engine.Container.run({ ...sleeping, name: 'abortable', signal: firing(round % 12) }).catch((error: unknown) => {
        expect(error).toMatchObject(aborted)
      })
      await container?.remove({ force: true })
      expect(await shop.engine.Container.list({ all: true })).toEqual([])
    }
  })

  it('and a time limit end an exec at any moment', async () => {
    const container = await shop.engine.Container.run(sleeping)
    for (let round = 0; round < 40; round++) {
      const job = container.exec(['sleep', '999'], round % 2 ? { signal: firing(round % 9) } : { timeout: 1 + (round % 9) })
      expect(['ERR_ABORTED', 'done', 'ERR_TIMEOUT']).toContain(await outcome(job))
    }
    for (let round = 0; round < 100 && (await container.top()).processes.length > 1; round++) await pause(20)
    expect((await container.top()).processes.length).toBe(1)
    await container.remove({ force: true })
  })
})

describe('a job', () => {
  it('is ended by its time limit however short', async () => {
    const results = await Promise.all([1, 2, 3, 5, 8, 13].map((timeout) => shop.engine.run('busybox', ['sleep', '1000'], { timeout })))
    expect(results.map(({ timedOut }) => timedOut)).toEqual(results.map(() => true))
  })

  it('that prints without end is ended by maxBuffer', async () => {
    await expect(shop.engine.run('busybox', ['yes'], { maxBuffer: '64k' })).rejects.toMatchObject({ code: 'ERR_MAX_BUFFER' })
  })

  it('need not read what it is given', async () => {
    const result = await shop.engine.run('busybox', ['true'], { input: Buffer.alloc(8 << 20, 'x') })
    expect(result.exitCode).toBe(0)
    const job = shop.engine.run('busybox', ['true'], { stdinOpen: true })
    job.stdin!.on('error', () => {})
    await job
    job.stdin!.write('too late')
    await pause(20)
  })

  it('with too large arguments is refused clearly, one with a megabyte of environment runs', async () => {
    await expect(shop.engine.run('busybox', ['echo', 'x'.repeat(200_000)])).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(COMMAND_NOT_EXECUTABLE|INVALID_OPTION)$/), message: expect.stringMatching(/E2BIG|too (large|long)/) })
    const env = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`BIG${index}`, 'y'.repeat(100_000)]))
    const result = await shop.engine.run('busybox', ['sh', '-c', 'echo $' + '{#BIG9}'], { env })
    expect(result.stdout).toBe('100000\n')
  })
})

it('200 jobs at once, good and bad, have each their own end', async () => {
  const jobs = Array.from({ length: 200 }, (_, index) => {
    if (index % 5 === 0) return outcome(shop.engine.run('no-such-image', ['true']))
    if (index % 5 === 1) return outcome(shop.engine.run('busybox', ['no-such-command']))
    if (index % 5 === 2) return outcome(shop.engine.run('busybox', ['false'], { check: true }))
    return outcome(shop.engine.run('busybox', ['true'], { isolation: index % 2 ? 'sandbox' : 'compat' }))
  })
  const ends = await Promise.all(jobs)
  for (const [index, end] of ends.entries()) expect(end).toBe(['ERR_IMAGE_NOT_FOUND', 'ERR_COMMAND_NOT_FOUND', 'ERR_EXIT_CODE', 'done', 'done'][index % 5])
})

describe('a container that resists', () => {
  it('by ignoring SIGTERM is killed after the grace', async () => {
    const container = await shop.engine.Container.run({ image: 'busybox', command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done'], ready: { log: 'up' } })
    await container.stop({ timeout: 100 })
    expect(await container.inspect()).toMatchObject({ status: 'exited', exitCode: 137 })
    await container.remove()
  })

  it('by forking without end is stopped, killed, removed', async () => {
    // The first process forks once only: a shell that cannot fork ends, and its container with it.
    const bomb = { image: 'busybox', pidsLimit: 100, command: ['sh', '-c', '(b() { b | b & }; b) 2>/dev/null & exec sleep 1000'] }
    const { Container } = shop.engine
    const [one, two, three] = [await Container.run(bomb), await Container.run({ ...bomb, init: true }), await Container.run({ ...bomb, isolation: 'sandbox' })]
    await pause(200)
    await one.stop({ timeout: 100 })
    await two.kill()
    await two.wait()
    await three.remove({ force: true })
    await one.remove()
    await two.remove()
  })

  it('by being frozen is removed all the same', async () => {
    const container = await shop.engine.Container.run(sleeping)
    await container.pause()
    await expect(container.remove()).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await container.remove({ force: true })
    expect(await shop.engine.Container.list({ all: true })).toEqual([])
  })
})

it('500 jobs, execs, logs and attaches leave no descriptor behind', async () => {
  const container = await shop.engine.Container.run({ ...sleeping, stdinOpen: true })
  const some = async () => {
    await shop.engine.run('busybox', ['true'])
    await shop.engine.run('busybox', ['cat'], { input: 'x' })
    await shop.engine.run('busybox', ['nothing']).catch(() => {})
    await container.exec(['true'])
    await container.exec(['nothing']).catch(() => {})
    for await (const _ of container.logs());
    ;(await container.attach()).detach()
  }
  await some()
  await pause(300)
  const before = openPaths('self').length
  for (let round = 0; round < 70; round++) await some()
  for (let round = 0; round < 100 && openPaths('self').length > before; round++) await pause(50)
  expect(openPaths('self').length).toBeLessThanOrEqual(before)
  await container.remove({ force: true })
})
