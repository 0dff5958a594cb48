/** Programs that take whatever they can get and do not want to end. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from '../../../lib/index.js'
import { cgroupsOf, processesWith } from '../container/busybox.js'
import { type Ground, openGround } from './ground.js'

let ground: Ground
beforeAll(async () => {
  ground = await openGround()
})
afterAll(() => ground.close())

let mark = 471_000
const gone = async (text: string) => {
  for (let round = 0; round < 500 && processesWith(text).length > 0; round++) await pause(10)
  return processesWith(text)
}

for (const isolation of ['sandbox', 'compat'] as const) {
  const run = (command: string[], options: object = {}) => ground.engine.run('hostile', command, { isolation, ...options })

  describe(`in ${isolation}`, () => {
    it('a fork bomb stays within its processes, and others run meanwhile', async () => {
      const bomb = run(['sh', '-c', 'bomb() { bomb | bomb & }; bomb; sleep 30'], { pidsLimit: 40, timeout: 20_000 })
      const { id } = await bomb.started
      const pids = () => cgroupsOf(id).map((path) => join(path, 'pids.current')).filter((path) => existsSync(path))
      expect(pids().length).toBeGreaterThan(0)
      let most = 0
      for (let sample = 0; sample < 20; sample++) {
        for (const path of pids()) most = Math.max(most, Number(readFileSync(path, 'utf8')))
        await pause(5)
      }
      expect(most).toBeGreaterThan(20)
      expect(most).toBeLessThanOrEqual(40)
      expect((await run(['echo', 'here'])).stdout).toBe('here\n')
      await bomb.kill('SIGKILL')
      await bomb.catch(() => {})
      for (let round = 0; round < 500 && cgroupsOf(id).length > 0; round++) await pause(10)
      expect(cgroupsOf(id)).toEqual([])
    })

    it('memory is bounded with no swap beside it, also in files', async () => {
      const result = await run(['sh', '-c', 'dd if=/dev/zero of=/dev/shm/big bs=1M count=60; echo survived'], { memory: '24m', shmSize: '100m' })
      expect(result.stdout).not.toContain('60+0')
      const held = await run(['sh', '-c', 'x=$(yes | head -c 90000000); echo survived'], { memory: '24m' })
      expect(held.stdout).toBe('')
    })

    it('output is bounded, though nobody asked for the end', async () => {
      await expect(run(['sh', '-c', 'trap "" TERM PIPE; while :; do yes 2>/dev/null; done'], { maxBuffer: 65_536 })).rejects.toMatchObject({ code: 'ERR_MAX_BUFFER' })
    })

    it('what it writes is bounded', async () => {
      const result = await run(['sh', '-c', 'i=0; while dd if=/dev/zero of=/f$i bs=1M count=1 2>/dev/null; do i=$((i+1)); test $i -lt 100 || break; done; echo $i'], { diskSize: '8m' })
      expect(Number(result.stdout)).toBeLessThan(9)
    })

    it('the time limit ends all of the stubborn', async () => {
      const sleep = String(++mark)
      const result = await run(['/attacker', 'stubborn', sleep], { timeout: 400 })
      expect(result).toMatchObject({ timedOut: true, stdout: 'ready\n' })
      expect(await gone(`sleep ${sleep}`)).toEqual([])
      expect(await gone(`stubborn ${sleep}`)).toEqual([])
    })

    it('they end with their owner, also after kill -9', async () => {
      const sleep = String(++mark)
      const script = join(ground.base, `owner-${isolation}.mjs`)
      writeFileSync(script, `
        import { Engine } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/index.js'))}
        const engine = await Engine.open({ root: ${JSON.stringify(ground.root)}, runRoot: ${JSON.stringify(ground.runRoot)} })
        for await (const line of engine.run('hostile', ['/attacker', 'stubborn', '${sleep}'], { isolation: '${isolation}' })) console.log(line.text)
      `)
      const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => owner.stdout.once('data', resolve))
      expect(processesWith(`stubborn ${sleep}`).length).toBeGreaterThan(0)
      owner.kill('SIGKILL')
      expect(await gone(`sleep ${sleep}`)).toEqual([])
      expect(await gone(`stubborn ${sleep}`)).toEqual([])
    })

    it('they do not outlive their monitor for longer than until somebody looks', async () => {
      const sleep = String(++mark)
      const container = await ground.engine.Container.run({ image: 'hostile', isolation, command: ['/attacker', 'stubborn', sleep], ready: { log: 'ready' } })
      const { pid } = await container.inspect()
      process.kill(Number(/PPid:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]), 'SIGKILL')
      for (let round = 0; round < 200 && (await container.inspect()).status !== 'exited'; round++) await pause(10)
      await (await Engine.open({ root: ground.root, runRoot: ground.runRoot })).close()
      expect(await gone(`sleep ${sleep}`)).toEqual([])
      expect(await gone(`stubborn ${sleep}`)).toEqual([])
      expect((await container.inspect()).status).toBe('exited')
      await container.remove({ force: true })
    })

    it('an endless log holds up neither those who follow nor the end', async () => {
      const container = await ground.engine.Container.run({ image: 'hostile', isolation, command: ['sh', '-c', 'yes "$(printf "\\033[2J\\000")" & yes >&2'], log: { maxSize: '1m', maxFiles: 2 } })
      const following = (async () => {
        let seen = 0
        for await (const line of container.logs({ follow: true })) seen += line.text.length
        return seen
      })()
      const attached = await container.attach()
      await pause(50)
      await container.kill()
      await container.wait()
      attached.stdout?.resume()
      attached.stderr?.resume()
      expect(await following).toBeGreaterThan(0)
      const directory = join(ground.root, 'containers', container.id, 'log')
      expect(readdirSync(directory).length).toBeLessThanOrEqual(3)
      await container.remove({ force: true })
    })
  })
}
