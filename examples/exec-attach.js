// Commands in a running container (exec), and its own streams as they come (attach), with a terminal too.
// Run it with: node examples/exec-attach.js
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

const box = await engine.Container.run({
  image: 'host',
  command: ['sh', '-c', 'while read line; do echo "you said: $line"; done'],
  stdinOpen: true,
})

// exec gives the same kind of handle as run().
const listing = await box.exec(['sh', '-c', 'echo "in $PWD as $(id -un) with $COLOUR"'], {
  workdir: '/tmp',
  user: 'nobody',
  env: { COLOUR: 'blue' },
})
console.log('exec:', listing.stdout.trim())

// A program that is not there is an error of its own (a shell would say exit code 127).
await box.exec(['no-such-program']).catch((error) => console.log('exec:', error.code))

// A terminal of 100 columns.
const terminal = box.exec(['sh', '-c', 'read go; stty size'], { tty: true, stdinOpen: true })
await terminal.started
await terminal.resize({ rows: 30, columns: 100 })
terminal.stdin.write('go\n')
console.log('terminal:', (await terminal).stdout.trim().split('\r\n').at(-1))

// attach speaks with the first process. It never holds the container back; what a slow reader misses is counted, and is in the log.
const attachment = await box.attach()
attachment.stdin.write('hello\n')
const [chunk] = await once(attachment.stdout, 'data')
console.log('attach:', chunk.toString().trim(), '(missed', attachment.missedBytes, 'bytes)')
attachment.detach()
console.log('after detaching it is', (await box.inspect()).status)

await box.remove({ force: true })
await engine.close()
rmSync(home, { recursive: true, force: true })
