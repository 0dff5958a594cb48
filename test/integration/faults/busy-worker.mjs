// Does everything to containers, one thing after the other and some at once, until it is killed. Waits for a word before it begins.
import { once } from 'node:events'
import { Engine } from '../../../dist/index.js'

const [root, runRoot] = process.argv.slice(2)
process.send('loaded')
await once(process, 'message')
const engine = await Engine.open({ root, runRoot })
const { Container } = engine

const pick = (list) => list[Math.floor(Math.random() * list.length)]
const names = ['one', 'two', 'three', 'four']
const sleeping = ['sh', '-c', 'sleep 1000 & while :; do sleep 0.01; done']
const spec = () => ({
  image: 'busybox',
  command: pick([sleeping, sleeping, ['true'], ['sh', '-c', 'echo hello; exit 3']]),
  name: pick(names),
  isolation: pick(['compat', 'sandbox']),
  restart: pick(['no', 'no', 'always', 'on-failure:2']),
  ...(pick([true, false, false]) ? { autoRemove: true, restart: 'no' } : {}),
  init: pick([true, false]),
  memory: pick([undefined, '64m']),
})
const one = () => Container.get(pick(names))
const acts = [
  () => Container.create(spec()),
  () => Container.run(spec()),
  () => Container.run(spec()),
  () => engine.run('busybox', pick([['true'], ['sleep', '1000'], ['nothing-like-it'], ['echo', 'x']]), { isolation: pick(['compat', 'sandbox']), timeout: 20, limits: pick([undefined, 'strict']) }),
  async () => (await one()).start(),
  async () => (await one()).stop({ timeout: 0 }),
  async () => (await one()).restart({ timeout: 0 }),
  async () => (await one()).remove({ force: true }),
  async () => (await one()).exec(['echo', 'in']),
  async () => (await one()).exec(['sleep', '1000'], { timeout: 5 }),
  async () => (await one()).rename(pick(names)),
  async () => (await one()).pause(),
  async () => (await one()).unpause(),
  async () => (await one()).kill(),
  async () => (await one()).update({ memory: '32m' }),
]
process.send('busy')
const expected = new Set(['ERR_CONTAINER_NOT_FOUND', 'ERR_CONTAINER_STATE', 'ERR_NAME_IN_USE', 'ERR_TIMEOUT', 'ERR_COMMAND_NOT_FOUND', 'ERR_MONITOR'])
async function lane() {
  for (;;) {
    try {
      await pick(acts)()
    } catch (error) {
      if (!expected.has(error.code)) process.send({ surprise: `${error.code} ${error.stack}` })
    }
  }
}
await Promise.all([lane(), lane(), lane()])
