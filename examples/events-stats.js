// What happens, as events that all processes see, and what a container uses, as numbers.
// Run it with: node examples/events-stats.js
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

const since = new Date()
const box = await engine.Container.run({
  image: 'host',
  name: 'busy',
  command: ['sh', '-c', 'while :; do :; done'],
  cpus: 0.5,
  memory: '64m',
  labels: { team: 'blue' },
})
box.once('pause', (event) => console.log('heard:', event.action, 'of', event.attributes.name))

let samples = 0
for await (const { cpu, memory, pids } of box.stats()) {
  console.log(
    `cpu ${cpu.percent.toFixed(0)}% (throttled ${Math.round(cpu.throttledUs / 1000)} ms)  memory ${(memory.usageBytes / 1024).toFixed(0)} KiB of ${memory.limitBytes / 2 ** 20} MiB  pids ${pids.current}`,
  )
  if (++samples === 2) break
}
const { titles, processes } = await box.top()
console.log('top:', titles.join(' '), '|', processes[0]?.join(' '))

await box.pause()
await box.unpause()
await box.remove({ force: true })

// The journal: filters are Docker's. With follow (the default) it goes on as things happen.
for await (const event of engine.events({ since, follow: false, filters: { type: 'container', label: 'team=blue' } })) {
  console.log(
    event.time.toISOString(),
    event.type,
    event.action,
    event.attributes.name,
    event.attributes.exitCode ?? '',
  )
}

await engine.close()
rmSync(home, { recursive: true, force: true })
