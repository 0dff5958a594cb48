// exec of a static `true` in a running container; crun and runc beside it.
import { join } from 'node:path'
import { installed, openGround } from './ground.js'
import { alternate, blocks, table } from './measure.js'
import { bundle, runtimeChild, tryRuntime } from './peers.js'

export async function execBench({ quick = false } = {}) {
  const ground = await openGround()
  const { engine, base, rootfs } = ground
  const undo = []
  try {
    const container = await engine.Container.run({ image: 'bench', command: ['/bin/sleep', '3600'] })
    undo.push(() => container.remove({ force: true }))
    const candidates = [{ name: 'gantry exec', once: async () => void (await container.exec(['/bin/true'])) }]
    for (const runtime of ['crun', 'runc']) {
      if (!installed(runtime)) continue
      const directory = bundle(join(base, `exec-${runtime}`), rootfs, ['/bin/sleep', '3600'])
      const root = join(base, `state-${runtime}`)
      const id = `bench-exec-${process.pid}`
      await tryRuntime(runtime, root, bundle(join(base, `try-${runtime}`), rootfs))
      await runtimeChild(runtime, ['--root', root, 'run', '--detach', '--bundle', directory, id])
      undo.push(() => runtimeChild(runtime, ['--root', root, 'delete', '--force', id]))
      candidates.push({ name: `${runtime} exec`, once: () => runtimeChild(runtime, ['--root', root, 'exec', id, '/bin/true']) })
    }
    table('exec, back to back', await blocks(candidates, quick ? 60 : 300), 'crun exec')
    table('exec, alone (one every 100 ms)', await alternate(candidates, quick ? 10 : 40, 100), 'crun exec')
  } finally {
    for (const step of undo.reverse()) await step().catch((error) => console.error(error.message))
    await ground.close()
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await execBench({ quick: process.argv.includes('--quick') })
