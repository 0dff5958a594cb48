// How long run() of a static `true` takes, result delivered: back to back, and alone. Peers in the same run.
import { openGround } from './ground.js'
import { alternate, blocks, table } from './measure.js'
import { startPeers } from './peers.js'

export async function startBench({ quick = false } = {}) {
  const ground = await openGround()
  const { engine } = ground
  try {
    const ours = ['compat', 'sandbox'].map((isolation) => ({
      name: `gantry run() ${isolation}`,
      once: async () => {
        const { exitCode } = await engine.run('bench', ['/bin/true'], { isolation })
        if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`)
      },
    }))
    const peers = await startPeers(ground)
    table('Back to back', await blocks([...ours, ...peers], quick ? 60 : 300), 'crun')
    table('Alone: one start every 100 ms', await alternate([...ours, ...peers.filter(({ slow }) => !slow)], quick ? 10 : 40, 100), 'crun')
  } finally {
    await ground.close()
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await startBench({ quick: process.argv.includes('--quick') })
