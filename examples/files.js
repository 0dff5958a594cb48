// Files into a container and out of it, what it has changed, and all of it as an archive.
// Run it with: node examples/files.js
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

const box = await engine.Container.create({
  image: 'host',
  command: ['sh', '-c', 'tr a-z A-Z < /data/notes.txt > /data/loud.txt; rm /etc/profile'],
})

// A directory of the host, a single file from memory; also before the container runs. Rules of paths are those of docker cp.
mkdirSync(`${home}/data`)
writeFileSync(`${home}/data/notes.txt`, 'remember the milk\n')
await box.copyTo(`${home}/data`, '/')
await box.copyTo({ content: 'debug=1\n', mode: 0o600 }, '/etc/app.conf')

await box.start()
await box.wait()

// To a path of the host, or as a tar stream.
await box.copyFrom('/data/loud.txt', `${home}/loud.txt`)
console.log('copied out:', readFileSync(`${home}/loud.txt`, 'utf8').trim())
let bytes = 0
for await (const chunk of await box.copyFrom('/data')) bytes += chunk.length
console.log('as a tar stream:', bytes, 'bytes')

// A: added, C: changed, D: deleted.
for (const { kind, path } of await box.diff()) console.log(kind, path)

// The whole root file system, as docker export gives it.
await pipeline(await box.export(), createWriteStream(`${home}/root.tar`))
console.log('exported:', statSync(`${home}/root.tar`).size > 0 ? 'root.tar' : 'nothing')

await box.remove()
await engine.close()
rmSync(home, { recursive: true, force: true })
