// An image of your own: a directory (or a tar archive, as debootstrap and docker export make them) becomes the root of containers.
// Run it with: node examples/import-rootfs.js
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

// The smallest system: the host's shell, the libraries it names, and a script.
const tree = `${home}/tree`
for (const directory of ['bin', 'etc', 'srv', 'tmp']) mkdirSync(`${tree}/${directory}`, { recursive: true })
const { stdout: ldd } = await engine.run('host', ['ldd', '/bin/sh'])
for (const file of ['/bin/sh', ...(ldd.match(/\/\S+/g) ?? [])])
  cpSync(file, tree + file, { dereference: true, recursive: true })
writeFileSync(`${tree}/etc/passwd`, 'root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/srv:/bin/sh\n')
writeFileSync(`${tree}/srv/hello`, '#!/bin/sh\necho "$GREETING from $PWD"\n')
chmodSync(`${tree}/srv/hello`, 0o755)

// `changes` are Dockerfile instructions: what containers of the image start with.
const image = await engine.Image.import(tree, {
  name: 'tiny:1',
  changes: ['ENV GREETING=hello', 'WORKDIR /srv', 'USER web', 'CMD ["/srv/hello"]'],
})
console.log(
  'imported:',
  image.tags.join(),
  image.id.slice(0, 19),
  `${Math.round((await image.inspect()).sizeBytes / 1024)} KiB`,
)

console.log('it says: ', (await engine.run('tiny:1')).stdout.trim())
console.log('changed: ', (await engine.run('tiny:1', undefined, { env: { GREETING: 'good evening' } })).stdout.trim())

// Importing the same files again costs a look: layers are kept by their content.
const again = await engine.Image.import(tree, { name: 'tiny:2' })
console.log('shared:  ', (await again.inspect()).layers[0].diffId === (await image.inspect()).layers[0].diffId)
for (const { tags } of await engine.Image.list()) console.log('image:   ', tags.join())

await engine.close()
rmSync(home, { recursive: true, force: true })
