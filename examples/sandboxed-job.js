// A job for code that you do not trust: no network, no files of yours, all limits named, and its result as a plain object.
// Run it with: node examples/sandboxed-job.js
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

const untrusted = `
  read name
  echo "Hello, $name. I am user $(id -u) here, and nobody on the host."
  cat /etc/shadow
  exit 7`

// 512 MiB, 1 CPU, 256 processes, 60 s and 1 GiB of files; the limit that is named here holds instead.
const result = await engine.run('host', ['sh', '-c', untrusted], { input: 'Ada\n', limits: 'strict', timeout: '10s' })

console.log('stdout:   ', result.stdout.trim())
console.log('stderr:   ', result.stderr.trim())
console.log('exit code:', result.exitCode, ' timed out:', result.timedOut, ' out of memory:', result.oomKilled)

// A non-zero exit is a result, not an error, unless you ask for one.
await engine
  .run('host', ['sh', '-c', untrusted], { input: '', check: true })
  .catch((error) => console.log('error:    ', error.code))

await engine.close()
rmSync(home, { recursive: true, force: true })
