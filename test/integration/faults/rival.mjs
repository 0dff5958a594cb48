// Does everything to the same few containers as its rivals in other processes, and tells of each error that is not a clear word about that.
import { Engine } from '../../../dist/index.js'

const [root, runRoot, milliseconds] = process.argv.slice(2)
const engine = await Engine.open({ root, runRoot })
const { Container } = engine
const pick = (list) => list[Math.floor(Math.random() * list.length)]
const names = ['one', 'two', 'three']
const one = () => Container.get(pick(names))
const sleeping = { image: 'busybox', command: ['sleep', '1000'] }
const acts = [
  () => Container.create({ ...sleeping, name: pick(names), isolation: pick(['compat', 'sandbox']) }),
  () => Container.run({ ...sleeping, name: pick(names), autoRemove: pick([true, false]) }),
  async () => (await one()).start(),
  async () => (await one()).stop({ timeout: 0 }),
  async () => (await one()).restart({ timeout: 0 }),
  async () => (await one()).kill(),
  async () => (await one()).pause(),
  async () => (await one()).unpause(),
  async () => (await one()).rename(pick(names)),
  async () => (await one()).remove({ force: true }),
  async () => (await one()).remove(),
  async () => (await one()).wait({ timeout: 50 }),
  async () => (await one()).update({ memory: pick(['32m', '64m']) }),
  async () => (await one()).inspect(),
  async () => (await one()).top(),
  async () => (await one()).diff(),
  async () => {
    for await (const _ of (await one()).logs());
  },
  async () => {
    for await (const _ of (await one()).stats({ stream: false }));
  },
  () => Container.list({ all: true }),
  () => Container.prune(),
]
const clear = new Set(['ERR_CONTAINER_NOT_FOUND', 'ERR_CONTAINER_STATE', 'ERR_NAME_IN_USE', 'ERR_TIMEOUT'])
const surprises = []
let done = 0
process.on('unhandledRejection', (error) => surprises.push(`unhandled: ${error.stack}`))
process.on('warning', (warning) => surprises.push(warning.stack))
for (const end = Date.now() + Number(milliseconds); Date.now() < end; ) {
  try {
    await pick(acts)()
    done++
  } catch (error) {
    if (!clear.has(error.code)) surprises.push(error.stack)
  }
}
await engine.close()
process.send({ surprises, done }, () => process.disconnect())
