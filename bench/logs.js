// Log throughput into the file, with rotation, and a follower that keeps up.
import { openGround } from './ground.js'

export async function logsBench({ quick = false } = {}) {
  const ground = await openGround()
  const { engine } = ground
  const megabytes = quick ? 512 : 2048
  try {
    console.log(`\nLog of ${megabytes} MB, 64 MB x 3 files`)
    for (const follow of [false, true]) {
      const container = await engine.Container.create({
        image: 'bench',
        command: ['/bin/sh', '-c', `exec dd if=/dev/zero bs=65536 count=${megabytes * 16} 2>/dev/null`],
        log: { maxSize: '64m', maxFiles: 3 },
      })
      const begin = performance.now()
      await container.start()
      let seen = 0
      const reading = follow
        ? (async () => {
            for await (const entry of container.logs({ follow: true, raw: true })) seen += entry.bytes.length
          })()
        : undefined
      await container.wait()
      const seconds = (performance.now() - begin) / 1000
      await reading
      console.log(`  ${(follow ? 'with a follower' : 'alone').padEnd(26)}${(megabytes / seconds).toFixed(0).padStart(6)} MB/s${follow ? `, the follower saw ${(seen / 2 ** 20).toFixed(0)} MB` : ''}`)
      await container.remove({ force: true })
    }
  } finally {
    await ground.close()
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await logsBench({ quick: process.argv.includes('--quick') })
