// Limits, and how a job ends that meets one: memory, processes, time, CPU, files, output.
// Run it with: node examples/limits.js
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

const sh = (script, options) => engine.run('host', ['sh', '-c', script], options)

const memory = await sh('x=0123456789abcdef; while :; do x=$x$x; done', { memory: '64m' })
console.log('memory 64m:    oomKilled', memory.oomKilled, 'exit code', memory.exitCode)

const processes = await sh('for n in $(seq 40); do sleep 5 & done', { pidsLimit: 20 })
console.log('pidsLimit 20: ', processes.stderr.trim().split('\n')[0])

const time = await sh('echo started; sleep 100', { timeout: '500ms' })
console.log(
  'timeout 500ms: timedOut',
  time.timedOut,
  'after',
  Math.round(time.durationMs),
  'ms, and what it printed is there:',
  time.stdout.trim(),
)

const cpu = await sh('n=0; while [ $n -lt 100000 ]; do n=$((n + 1)); done', { cpus: 0.1 })
console.log(
  'cpus 0.1:      used',
  Math.round(cpu.cpu.userMs + cpu.cpu.systemMs),
  'ms of CPU in',
  Math.round(cpu.durationMs),
  'ms',
)

const files = await sh('head -c 50000000 /dev/zero > /tmp/big', { diskSize: '16m' })
console.log('diskSize 16m: ', files.stderr.trim())

const output = await sh('yes', { maxBuffer: '1m' }).catch((error) => error)
console.log('maxBuffer 1m: ', output.code, 'with', output.result.stdout.length, 'bytes kept')

// A running container's limits can be changed.
const box = await engine.Container.run({ image: 'host', command: ['sleep', '100'], memory: '64m' })
await box.update({ memory: '128m', cpus: 0.5 })
const { spec } = await box.inspect()
console.log('update:        memory', spec.memory / 2 ** 20, 'MiB, cpus', spec.cpus)
await box.remove({ force: true })

await engine.close()
rmSync(home, { recursive: true, force: true })
