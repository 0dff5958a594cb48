// Starts a second with a bounded pool, crun in the same run, and what is left after them.
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { installed, openGround } from './ground.js'
import { difference, holdings } from './leftovers.js'
import { pause } from './measure.js'
import { bundle, tryRuntime } from './peers.js'

async function pool(total, width, once) {
  let next = 0
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < total) {
        next += 1
        await once(next)
      }
    }),
  )
  return total / ((performance.now() - begin) / 1000)
}

export async function rateBench({ quick = false } = {}) {
  const ground = await openGround()
  const { engine, base, rootfs } = ground
  const total = quick ? 1000 : 10_000
  try {
    for (let i = 0; i < 20; i++) await engine.run('bench', ['/bin/true'])
    await pause(500)
    const roots = [join(base, 'root'), join(base, 'run')]
    const before = holdings(roots)
    console.log(`\nStarts a second (${total} starts, 6 at a time)`)
    for (const isolation of ['compat', 'sandbox']) {
      const rate = await pool(total / 2, 6, async () => void (await engine.run('bench', ['/bin/true'], { isolation })))
      console.log(`  ${`gantry run() ${isolation}`.padEnd(26)}${rate.toFixed(0).padStart(8)}`)
    }
    await pause(1500)
    const left = difference(before, holdings(roots))
    console.log(`  left behind: ${left.length ? left.join(', ') : 'nothing'}`)
    for (const runtime of ['crun', 'runc']) {
      if (!installed(runtime)) continue
      const directory = bundle(join(base, `rate-${runtime}`), rootfs)
      const root = join(base, `state-${runtime}`)
      const legacyOnly = await tryRuntime(runtime, root, directory)
      // A shell's loop in six processes: no Node in the way of the peer.
      const count = Math.ceil(Math.min(total, 1200) / 6)
      const loop = `for w in 1 2 3 4 5 6; do (i=0; while [ $i -lt ${count} ]; do i=$((i+1)); ${runtime} --root ${root} run --bundle ${directory} r$w-$i </dev/null >/dev/null 2>&1 || exit 1; done) & done; wait`
      const begin = performance.now()
      execFileSync('unshare', ['--mount', 'sh', '-c', legacyOnly ? `umount /sys/fs/cgroup/unified; ${loop}` : loop])
      const rate = (count * 6) / ((performance.now() - begin) / 1000)
      console.log(`  ${`${runtime} run`.padEnd(26)}${rate.toFixed(0).padStart(8)}`)
    }
  } finally {
    await ground.close()
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await rateBench({ quick: process.argv.includes('--quick') })
