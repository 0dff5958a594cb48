import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from '../../../lib/index.js'
import { cgroupsOf, leftovers, openWorkshop, type Workshop } from './busybox.js'

let shop: Workshop
let other: Engine
beforeAll(async () => {
  shop = await openWorkshop()
  other = await Engine.open({ root: shop.root, runRoot: shop.runRoot })
})
afterAll(async () => {
  await other.close()
  await shop.close()
})

const sleeping = { image: 'busybox', command: ['sleep', '1000'] }

describe('two engines on one root', () => {
  it('start one container once', async () => {
    const mine = await shop.engine.Container.create(sleeping)
    const theirs = await other.Container.get(mine.id)
    await Promise.all([mine.start(), theirs.start(), mine.start(), theirs.start()])
    expect((await mine.inspect()).pid).toBe((await theirs.inspect()).pid)
    await Promise.all([mine.stop({ timeout: 0 }), theirs.stop({ timeout: 0 })])
    expect((await theirs.inspect()).status).toBe('exited')
    await mine.remove()
  })

  it('give a name to one of them only', async () => {
    const make = (engine: Engine) => engine.Container.create({ ...sleeping, name: 'wanted' }).then(() => 'made', (error: { code: string }) => error.code)
    const outcomes = await Promise.all([make(shop.engine), make(other), make(shop.engine), make(other)])
    expect(outcomes.sort()).toEqual(['ERR_NAME_IN_USE', 'ERR_NAME_IN_USE', 'ERR_NAME_IN_USE', 'made'])
    await (await other.Container.get('wanted')).remove()
  })

  it('remove one container once', async () => {
    const mine = await shop.engine.Container.run(sleeping)
    const theirs = await other.Container.get(mine.id)
    const remove = (container: { remove(options: object): Promise<void> }) => container.remove({ force: true }).then(() => 'removed', (error: { code: string }) => error.code)
    const outcomes = await Promise.all([remove(mine), remove(theirs), remove(mine)])
    expect(outcomes).toContain('removed')
    expect(outcomes.filter((outcome) => outcome !== 'removed' && outcome !== 'ERR_CONTAINER_NOT_FOUND')).toEqual([])
  })

  it('start and remove without a trace, in whatever order', async () => {
    for (let round = 0; round < 10; round++) {
      const mine = await shop.engine.Container.create(sleeping)
      const theirs = await other.Container.get(mine.id)
      await Promise.allSettled([mine.start(), theirs.remove({ force: true }), theirs.rename(`name${round}`), mine.update({ pidsLimit: 10 })])
      await mine.remove({ force: true }).catch((error: { code: string }) => expect(error.code).toBe('ERR_CONTAINER_NOT_FOUND'))
    }
  })

  it('see what the other waits for', async () => {
    const mine = await shop.engine.Container.run(sleeping)
    const theirs = await other.Container.get(mine.id)
    const waits = [mine.wait(), theirs.wait(), theirs.wait({ condition: 'next-exit' }), theirs.wait({ condition: 'removed' })]
    await theirs.kill('SIGTERM')
    await theirs.kill('SIGKILL')
    await theirs.wait()
    await mine.remove()
    expect((await Promise.all(waits)).map(({ exitCode }) => exitCode)).toEqual([137, 137, 137, 137])
  })
})

describe('an engine', () => {
  it('says what there is', async () => {
    const container = await shop.engine.Container.create(sleeping)
    expect(await other.info()).toMatchObject({ version: '0.1.0', containers: { total: 1, running: 0, stopped: 1 }, images: 1, root: shop.root })
    const usage = await other.diskUsage()
    expect(usage.containers).toMatchObject({ count: 1, active: 0 })
    expect(usage.images.items[0]).toMatchObject({ containers: 1 })
    expect((await other.prune()).containers.removed).toEqual([container.id])
  })

  it('leaves nothing at work that lives with it when it is closed', async () => {
    const base = mkdtempSync(join(tmpdir(), 'gantry-closing-'))
    const [root, runRoot] = [join(base, 'root'), join(base, 'run')]
    const engine = await Engine.open({ root, runRoot })
    const stays = await engine.Container.run({ image: 'host', command: ['sleep', '100'], name: 'stays' })
    const goes = await engine.Container.run({ image: 'host', command: ['sleep', '100'], name: 'goes', lifetime: 'process', autoRemove: true })
    const jobs = [engine.run('host', ['sleep', '100']), engine.run('host', ['sleep', '100'], { memory: '64m' })]
    await jobs[0]!.started
    // The second may be on its way still.
    expect((await engine.run('host', ['true'])).exitCode).toBe(0)
    await Promise.all([engine.close(), engine.close()])
    const left = leftovers(root, runRoot).filter((name) => !name.includes(stays.id) && !name.endsWith('/stays'))
    expect(left).toEqual([])
    expect(cgroupsOf(goes.id)).toEqual([])
    for (const job of jobs) expect(await job).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
    const next = await Engine.open({ root, runRoot })
    const found = await next.Container.get('stays')
    expect((await found.inspect()).status).toBe('running')
    await found.remove({ force: true })
    await next.close()
    rmSync(base, { recursive: true })
  })

  it('is of no use when it is closed, nor with unknown options', async () => {
    const closed = await Engine.open({ root: shop.root, runRoot: shop.runRoot })
    await closed.close()
    await closed.close()
    await expect(closed.Container.list()).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(closed.run('busybox', ['true'])).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(Engine.open({ rot: '/x' } as never)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('says what comes later', async () => {
    await expect(other.Volume.create()).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(other.Network.list()).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(other.Container.create({ ...sleeping, ports: [80] })).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(other.Container.create({ ...sleeping, diskSize: '1g' })).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })
})
