// Ending what takes too long: a time limit, an AbortSignal, a signal to the program; all processes of the container go with it.
// Run it with: node examples/timeout-abort.js
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

// Children that ignore SIGTERM and daemons that left their session: it makes no difference.
const stubborn = ['sh', '-c', 'trap "" TERM; setsid sleep 1000 & echo begun; sleep 1000']

const late = await engine.run('host', stubborn, { timeout: '300ms' })
console.log('timeout:', late.timedOut, late.signal, JSON.stringify(late.stdout))

const controller = new AbortController()
const job = engine.run('host', stubborn, { signal: controller.signal })
job.started.then(() => controller.abort(new Error('the user has left')))
await job.catch((error) => console.log('abort:', error.code, 'because', error.cause?.message))

// Any AbortSignal does.
await engine
  .run('host', stubborn, { signal: AbortSignal.timeout(300) })
  .catch((error) => console.log('AbortSignal.timeout:', error.code, error.cause?.name))

// kill() sends a signal to the program, which may have an opinion.
const polite = engine.run('host', [
  'sh',
  '-c',
  'trap "echo goodbye; exit 3" INT; echo ready; while :; do sleep 0.05; done',
])
for await (const { text } of polite) {
  console.log('polite:', text)
  if (text === 'ready') await polite.kill('SIGINT')
}
console.log('polite: exit code', (await polite).exitCode)

// Waiting for a container can be given up without harm to it.
const box = await engine.Container.run({ image: 'host', command: ['sleep', '1000'] })
await box.wait({ timeout: '200ms' }).catch((error) => console.log('wait:', error.code))
console.log('the container is', (await box.inspect()).status)
await box.remove({ force: true })

await engine.close()
rmSync(home, { recursive: true, force: true })
