// Starts containers while something that it needs runs out; tells how each start ended, and whether its descriptors are as before.
import { closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { Engine } from '../../../dist/index.js'

const [root, runRoot, lack, pids] = process.argv.slice(2)
const engine = await Engine.open({ root, runRoot })
const living = await engine.Container.run({ image: 'busybox', command: ['sleep', '1000'] })
const end = (promise) => promise.then(() => 'done', (error) => `${error.code} ${error.constructor.name}: ${error.message}`)
const unhandled = []
process.on('unhandledRejection', (error) => unhandled.push(`${error.stack}`))
const acts = [
  () => engine.run('busybox', ['true']),
  () => engine.run('busybox', ['cat'], { input: 'x', memory: '64m' }),
  () => engine.run('busybox', ['true'], { isolation: 'compat', tty: true }),
  () => engine.Container.run({ image: 'busybox', command: ['sleep', '1000'], name: 'starved', autoRemove: true }),
  () => living.exec(['true']),
  () => living.exec(['cat'], { input: 'x' }),
  () => living.restart({ timeout: 0 }),
]
for (const act of acts) await act().catch?.(() => {})
for (const container of await engine.Container.list()) if (container.name === 'starved') await container.remove({ force: true })
await new Promise((resolve) => setTimeout(resolve, 200))
const count = () => readdirSync('/proc/self/fd').flatMap((fd) => { try { return [readlinkSync(`/proc/self/fd/${fd}`).replace(/[0-9]+/g, '')] } catch { return [] } }).sort()
const before = count()
const ends = []
const hoard = []
if (lack === 'pids') writeFileSync(`${pids}/tasks`, '0')
for (let left = lack === 'pids' ? 8 : 0; left < 12; left++) {
  for (const act of acts) {
    if (lack === 'pids') writeFileSync(`${pids}/pids.max`, String(left - 7))
    if (lack === 'descriptors') {
      try {
        for (;;) hoard.push(openSync('/dev/null'))
      } catch {}
      for (let given = 0; given < left; given++) closeSync(hoard.pop())
    }
    const ended = end(act())
    // Given back only when the start has had its try.
    if (lack === 'descriptors') for (const descriptor of hoard.splice(0)) closeSync(descriptor)
    const text = await ended
    ends.push(text)
    if (lack === 'pids') writeFileSync(`${pids}/pids.max`, 'max')
    if (text === 'done') for (const container of await engine.Container.list()) if (container.name === 'starved') await container.remove({ force: true })
  }
}
await living.remove({ force: true })
// It keeps a monitor waiting for the next start.
await engine.close()
await new Promise((resolve) => setTimeout(resolve, 300))
const after = count()
process.send({ ends, before, after, unhandled }, () => process.exit())
