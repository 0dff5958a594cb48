// What a job prints, while it prints it: line by line with for await, or as Node streams.
// Run it with: node examples/streaming-output.js
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

// The value of run() is a promise of the result and a handle while the job runs.
const job = engine.run('host', ['sh', '-c', 'for n in 1 2 3; do echo "step $n"; sleep 0.2; done; echo "a warning" >&2'])
for await (const { stream, text } of job) console.log(stream.padEnd(6), text)
const { exitCode } = await job
console.log('exit code', exitCode)

// Big output need not be kept: maxBuffer bounds what the result holds, the stream carries all of it.
const big = engine.run('host', ['head', '-c', '50000000', '/dev/zero'], { encoding: 'buffer', maxBuffer: '1k' })
const hash = createHash('sha256')
let bytes = 0
for await (const chunk of big.stdout) {
  bytes += chunk.length
  hash.update(chunk)
}
console.log(`streamed ${bytes} bytes, sha256 ${hash.digest('hex').slice(0, 16)}; kept ${(await big).stdout.length}`)

// Both ways at once: what is written to stdin comes back sorted.
const sort = engine.run('host', ['sort'], { stdinOpen: true })
sort.stdin.write('pear\napple\n')
sort.stdin.end('fig\n')
console.log('sorted:', (await sort).stdout.trim().split('\n').join(', '))

await engine.close()
rmSync(home, { recursive: true, force: true })
