import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunOptions } from '../../../lib/index.js'
import { openWorkshop, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

/** Monitors of this process that wait for work. */
function waiting(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        return status.startsWith('Name:\tgantry-waiting\n') && status.includes(`\nPPid:\t${process.pid}\n`)
      } catch {
        return false
      }
    })
}

describe('in a series of starts', () => {
  it('kill -9 of the monitor that waits costs no job', async () => {
    let killed = 0
    for (let i = 0; i < 20; i++) {
      expect((await shop.engine.run('busybox', ['echo', String(i)])).stdout).toBe(`${i}\n`)
      for (const pid of waiting()) {
        process.kill(pid, 'SIGKILL')
        killed++
      }
      // Until it is gone: one that dies with its work in hand takes the job with it, as every monitor does.
      while (waiting().length > 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(killed).toBeGreaterThan(0)
  })

  it('options that only look like others that were good are refused all the same', async () => {
    for (let i = 0; i < 3; i++) await shop.engine.run('busybox', ['true'], { env: {}, memory: 64_000_000 })
    const bad: unknown[] = [{ env: new Map(), memory: 64_000_000 }, { env: {}, memory: Number.NaN }, { env: {}, memory: 64_000_000, signal: {} }]
    for (const options of bad) {
      await expect(shop.engine.run('busybox', ['true'], options as RunOptions)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    }
    await expect(shop.engine.run('busybox', ['true\0'], { env: {}, memory: 64_000_000 })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(shop.engine.run('busybox', 'true' as never, { env: {}, memory: 64_000_000 })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })
})
