// Many containers at once: memory of a monitor, and how long list and inspect take.
import { readdirSync, readFileSync } from 'node:fs'
import { openGround } from './ground.js'
import { median } from './measure.js'

function monitorMemory() {
  const sizes = []
  for (const pid of readdirSync('/proc')) {
    try {
      if (!/^\d+$/.test(pid) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'gantry-monitor') continue
      sizes.push(Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]))
    } catch {
      // It has ended meanwhile.
    }
  }
  return sizes
}

export async function manyBench({ quick = false } = {}) {
  const ground = await openGround()
  const { engine } = ground
  const total = quick ? 50 : 500
  const containers = []
  try {
    const begin = performance.now()
    for (let i = 0; i < total; i += 10) {
      containers.push(...(await Promise.all(Array.from({ length: 10 }, () => engine.Container.run({ image: 'bench', command: ['/bin/sleep', '3600'] })))))
    }
    const started = performance.now() - begin
    const sizes = monitorMemory()
    const lists = []
    const inspects = []
    for (let i = 0; i < 20; i++) {
      let at = performance.now()
      const list = await engine.Container.list()
      lists.push(performance.now() - at)
      if (list.length !== total) throw new Error(`list shows ${list.length} of ${total}`)
      at = performance.now()
      await containers[i % total].inspect()
      inspects.push(performance.now() - at)
    }
    console.log(`\n${total} containers at once`)
    console.log(`  started in                ${(started / 1000).toFixed(1)} s`)
    console.log(`  monitor, proportional     median ${median(sizes)} KiB, most ${Math.max(...sizes)} KiB`)
    console.log(`  list of all               ${median(lists).toFixed(1)} ms`)
    console.log(`  inspect of one            ${median(inspects).toFixed(2)} ms`)
  } finally {
    for (let i = 0; i < containers.length; i += 10) await Promise.all(containers.slice(i, i + 10).map((container) => container.remove({ force: true })))
    await ground.close()
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await manyBench({ quick: process.argv.includes('--quick') })
