import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from '../../../lib/index.js'
import { cgroupsOf, openWorkshop, processesWith, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const reopened = () => Engine.open({ root: shop.root, runRoot: shop.runRoot })

/** The process whose name is gantry-monitor and whose child is this one. */
function monitorOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  const parent = Number(fields[1])
  expect(readFileSync(`/proc/${parent}/comm`, 'latin1')).toBe('gantry-monitor\n')
  return parent
}

async function gone(pid: number): Promise<void> {
  for (let round = 0; round < 500; round++) {
    // A dead one that its new parent has not waited for yet is gone.
    if (!existsSync(`/proc/${pid}/stat`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return
    await pause(10)
  }
  throw new Error(`process ${pid} is still there`)
}

const looping = ['sh', '-c', 'while :; do sleep 0.05; done']

describe('when the monitor is killed', () => {
  it('its container ends with it, and how it ended is said to be unknown', async () => {
    const container = await shop.engine.Container.run({ image: 'busybox', command: looping })
    const { pid } = await container.inspect()
    const waiting = container.wait()
    process.kill(monitorOf(pid), 'SIGKILL')
    expect(await waiting).toEqual({ exitCode: null })
    await gone(pid)
    const engine = await reopened()
    const again = await engine.Container.get(container.id)
    expect(await again.inspect()).toMatchObject({ status: 'exited', exitCode: null, pid: 0 })
    expect(cgroupsOf(container.id)).toEqual([])
    expect(existsSync(join(shop.runRoot, 'containers', container.id))).toBe(false)
    await again.start()
    expect((await again.inspect()).status).toBe('running')
    await again.remove({ force: true })
    await engine.close()
  })

  it('the next open applies the restart policy', async () => {
    const container = await shop.engine.Container.run({ image: 'busybox', command: looping, restart: 'always' })
    const { pid } = await container.inspect()
    process.kill(monitorOf(pid), 'SIGKILL')
    await gone(pid)
    const engine = await reopened()
    const again = await (await engine.Container.get(container.id)).inspect()
    expect(again).toMatchObject({ status: 'running', restartCount: 1 })
    expect(again.pid).not.toBe(pid)
    await container.remove({ force: true })
    await engine.close()
  })

  it('a container that removes itself is removed', async () => {
    const container = await shop.engine.Container.run({ image: 'busybox', command: looping, autoRemove: true, name: 'vanishing' })
    const { pid } = await container.inspect()
    process.kill(monitorOf(pid), 'SIGKILL')
    await gone(pid)
    await (await reopened()).close()
    expect(existsSync(join(shop.root, 'containers', container.id))).toBe(false)
    expect(readdirSync(join(shop.root, 'names/containers'))).not.toContain('vanishing')
  })

  it('a job says so, and leaves nothing', async () => {
    const job = shop.engine.run('busybox', ['sleep', '4731'])
    const { pid, id } = await job.started
    process.kill(monitorOf(pid), 'SIGKILL')
    await expect(job).rejects.toMatchObject({ code: 'ERR_MONITOR', id })
    expect(processesWith('sleep 4731')).toEqual([])
    expect(cgroupsOf(id)).toEqual([])
    expect(existsSync(join(shop.root, 'containers', id))).toBe(false)
  })
})

describe('when the process that runs them is killed', () => {
  it('its jobs end with it, and detached containers live on', async () => {
    const child = fork(fileURLToPath(new URL('orphan-maker.mjs', import.meta.url)), [shop.root, shop.runRoot])
    const [{ job, jobPid, container }] = (await once(child, 'message')) as [{ job: string; jobPid: number; container: string }]
    child.kill('SIGKILL')
    await once(child, 'exit')
    await gone(jobPid)
    for (let round = 0; round < 500 && existsSync(join(shop.runRoot, 'containers', job)); round++) await pause(10)
    expect(existsSync(join(shop.root, 'containers', job))).toBe(false)
    expect(cgroupsOf(job)).toEqual([])
    const living = await shop.engine.Container.get(container)
    expect((await living.inspect()).status).toBe('running')
    expect((await living.exec(['echo', 'still here'])).stdout).toBe('still here\n')
    await living.remove({ force: true })
  })
})

describe('what a crash left half done is undone', () => {
  const id = 'ab'.repeat(32)

  it('a container without a record, its name, its user ids', async () => {
    mkdirSync(join(shop.root, 'containers', id, 'upper/deep/er'), { recursive: true })
    mkdirSync(join(shop.runRoot, 'containers', id))
    symlinkSync(id, join(shop.root, 'names/containers/half'))
    symlinkSync(id, join(shop.root, 'ids/2000'))
    await (await reopened()).close()
    expect(existsSync(join(shop.root, 'containers', id))).toBe(false)
    expect(existsSync(join(shop.runRoot, 'containers', id))).toBe(false)
    expect(readdirSync(join(shop.root, 'names/containers'))).not.toContain('half')
    expect(readdirSync(join(shop.root, 'ids'))).toEqual([])
  })

  it('a tree deeper than a path may be', async () => {
    let directory = join(shop.root, 'containers', id)
    mkdirSync(directory)
    mkdirSync(join(shop.runRoot, 'containers', id))
    const back = process.cwd()
    process.chdir(directory)
    for (let depth = 0; depth < 3000; depth++) {
      mkdirSync('d'.repeat(20))
      writeFileSync('f', '')
      process.chdir('d'.repeat(20))
    }
    process.chdir(back)
    directory = ''
    await (await reopened()).close()
    expect(existsSync(join(shop.root, 'containers', id))).toBe(false)
  })

  it('follows no link out of the tree', async () => {
    const outside = join(shop.root, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'keep'), '')
    mkdirSync(join(shop.root, 'containers', id))
    mkdirSync(join(shop.runRoot, 'containers', id))
    symlinkSync(outside, join(shop.root, 'containers', id, 'link'))
    await (await reopened()).close()
    expect(existsSync(join(outside, 'keep'))).toBe(true)
    rmSync(outside, { recursive: true })
  })
})

describe('after a boot', () => {
  /** What a boot leaves: no runtime state, and nothing that runs. */
  async function boot(pids: number[]): Promise<Engine> {
    for (const pid of pids) process.kill(monitorOf(pid), 'SIGKILL')
    for (const pid of pids) await gone(pid)
    rmSync(shop.runRoot, { recursive: true })
    for (const id of readdirSync(join(shop.root, 'containers'))) {
      const path = join(shop.root, 'containers', id, 'state.json')
      if (existsSync(path)) writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), bootId: 'an earlier one' }))
    }
    return reopened()
  }

  it('states are true, and restore starts what should run', async () => {
    const { Container } = shop.engine
    const make = (name: string, restart?: 'always' | 'unless-stopped') => Container.run({ image: 'busybox', command: looping, name, restart })
    const [plain, always, unless, stopped, alwaysStopped] = [await make('plain'), await make('always', 'always'), await make('unless', 'unless-stopped'), await make('stopped', 'unless-stopped'), await make('always-stopped', 'always')]
    const created = await Container.create({ image: 'busybox', command: looping, name: 'created', restart: 'always' })
    await stopped.stop({ timeout: 0 })
    await alwaysStopped.stop({ timeout: 0 })
    const pids = await Promise.all([plain, always, unless].map(async (container) => (await container.inspect()).pid))
    const engine = await boot(pids)
    const status = async (name: string) => (await (await engine.Container.get(name)).inspect()).status
    expect(await status('plain')).toBe('exited')
    expect(await status('always')).toBe('exited')
    const restored = await engine.restore()
    expect(restored.failed).toEqual([])
    expect(restored.started.sort()).toEqual(['always', 'always-stopped', 'unless'])
    expect([await status('plain'), await status('always'), await status('unless'), await status('stopped'), await status('created')]).toEqual(['exited', 'running', 'running', 'exited', 'created'])
    expect((await engine.restore()).started).toEqual([])
    for (const container of [plain, always, unless, stopped, alwaysStopped, created]) await container.remove({ force: true })
    await engine.close()
  })
})

describe('a damaged state', () => {
  it('does not keep the others from being listed', async () => {
    const container = await shop.engine.Container.create({ image: 'busybox', command: ['true'] })
    await container.start()
    await container.wait()
    writeFileSync(join(shop.root, 'containers', container.id, 'state.json'), '{"ver')
    expect((await container.inspect()).status).toBe('exited')
    unlinkSync(join(shop.root, 'containers', container.id, 'state.json'))
    await container.remove()
  })
})
