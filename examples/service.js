// A service: started when it is ready, watched by a health check, started again when it crashes. Its monitor does that, also without this process.
// Run it with: node examples/service.js
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

// It is healthy as long as it has its file.
const service = await engine.Container.run({
  image: 'host',
  name: 'web',
  command: [
    'sh',
    '-c',
    'echo >> /tmp/starts; echo "this is start number $(wc -l < /tmp/starts)"; touch /tmp/healthy; while :; do sleep 0.1; done',
  ],
  init: true,
  restart: 'on-failure:5',
  healthcheck: {
    command: ['test', '-e', '/tmp/healthy'],
    interval: '200ms',
    timeout: '10s',
    retries: 2,
    onUnhealthy: 'restart',
  },
  ready: { health: true },
  timeout: '30s',
})
service.on('health_status', ({ action }) => console.log('event:   ', action))
const show = async (when) => {
  const { status, health, restartCount } = await service.inspect()
  console.log(`${when}:`.padEnd(10), `${status}, ${health}, restarts: ${restartCount}`)
}
await show('ready')

// It gets ill, and is started again.
let ended = service.wait({ condition: 'next-exit', timeout: '30s' })
await service.exec(['rm', '/tmp/healthy'])
await ended
await service.wait({ condition: 'healthy', timeout: '30s' })
await show('recovered')

// It crashes, and is started again with the files that it had.
ended = service.wait({ condition: 'next-exit', timeout: '30s' })
await service.exec(['sh', '-c', 'kill -9 -1'])
console.log('crashed:  ', await ended)
await service.wait({ condition: 'healthy', timeout: '30s' })
await show('again')

for await (const { stream, text } of service.logs()) console.log(`${stream}:   `, text)

// stop() is not a crash: the policy does not start it again. SIGTERM first, SIGKILL after the grace.
await service.stop({ timeout: '2s' })
await show('stopped')
await service.remove()

await engine.close()
rmSync(home, { recursive: true, force: true })
