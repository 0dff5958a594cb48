// The first minute with Gantry: a sandboxed job, limits that hold, a server, a hostile job, and how long it all takes.
// Run it with: npm start     (exit code 0 only when everything that it shows is true)
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bold, dim, failed, giveUp, milliseconds, printed, red, say, shows, table, title } from './quickstart/screen.js'

if (process.platform !== 'linux')
  giveUp(
    `this is ${process.platform}, and containers are made of Linux.`,
    'Use a Linux machine, a virtual one, or WSL 2.',
  )
if (process.geteuid() !== 0) giveUp('this version needs root.', 'Run it with sudo, or in a root shell.')
const { Engine, GantryError } = await import('gantry').catch((error) =>
  giveUp(error.message.split('\n')[0], 'Has it been built? npm start does that, or: npm run build'),
)

const began = performance.now()
const home = mkdtempSync(join(tmpdir(), 'gantry-quickstart-'))
const times = []
let engine

// The program that runs this file, as the container sees it: in /usr it is part of the image, else it is mounted.
const node = process.execPath.startsWith('/usr/') ? process.execPath : '/opt/node'
const mounts =
  node === process.execPath ? [] : [{ type: 'bind', source: process.execPath, target: node, readOnly: true }]

async function sandboxedJob() {
  title(1, 'A sandboxed job', "await run('host', ['node', '-e', code])")
  const code = `
    const { hostname, userInfo } = require('node:os')
    console.log('Hello from node ' + process.version + ' in a container of its own.')
    console.log('I am process ' + process.pid + ', user ' + userInfo().username + ', on a machine called ' + hostname() + '.')
    console.log('On the host, my root is user ' + require('node:fs').readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\\s+/)[1] + '.')`
  const started = performance.now()
  const result = await engine.run('host', [node, '-e', code], { mounts })
  times.push(['the first job, node and all', performance.now() - started])
  printed(result.stdout + result.stderr)
  shows(
    result.exitCode === 0 && result.stdout.includes('Hello from node'),
    'it ran and is gone',
    `exit code ${result.exitCode}, ${milliseconds(result.durationMs)}, ${Math.round(result.maxRssBytes / 2 ** 20)} MiB at most`,
  )
}

const limits = { memory: '64m', cpus: 0.5, pidsLimit: 32 }

async function limitsHold() {
  title(
    2,
    'Limits that hold',
    "await Container.run({ image: 'host', command, memory: '64m', cpus: 0.5, pidsLimit: 32 })",
  )
  const box = await engine.Container.run({ image: 'host', command: ['sleep', '600'], lifetime: 'process', ...limits })
  // One sample looks twice, a second apart.
  const sample = async () => (await box.stats({ stream: false })[Symbol.asyncIterator]().next()).value

  const burner = box.exec(['sh', '-c', 'while :; do :; done'])
  await burner.started
  const { percent } = (await sample()).cpu
  await burner.kill('SIGKILL')
  shows(
    percent > 0 && percent < 65,
    'CPU: a busy loop gets half of one',
    `${Math.round(percent)}% of a CPU over a second`,
  )

  const bomb = box.exec(['sh', '-c', 'bomb() { bomb | bomb & }; bomb; bomb; sleep 600'])
  const { current } = (await sample()).pids
  await box.remove({ force: true })
  const refused = (await bomb).stderr.match(/[^\n]*fork[^\n]*/i)?.[0] ?? ''
  shows(
    current <= limits.pidsLimit && refused !== '',
    'pids: a fork bomb stays under 32',
    `${current} processes after a second, and "${refused.trim()}"`,
  )

  const hog = await engine.Container.run({
    image: 'host',
    command: ['sh', '-c', 'x=0123456789abcdef; while :; do x=$x$x; done'],
    lifetime: 'process',
    ...limits,
  })
  const { exitCode } = await hog.wait({ timeout: '30s' })
  const { oomKilled } = await hog.inspect()
  await hog.remove()
  shows(oomKilled && exitCode === 137, 'memory: a hog ends at 64 MiB', `oomKilled: ${oomKilled}, exit code ${exitCode}`)
}

async function server() {
  const port = await freePort()
  title(
    3,
    'A server, reached from the host',
    `await Container.run({ image: 'host', command, network: 'host', ready: { http: '/', port: ${port} } })`,
  )
  const code = `require('node:http').createServer((request, response) => response.end('Hello from process ' + process.pid + ' of a container')).listen(${port}, '127.0.0.1')`
  const started = performance.now()
  const web = await engine.Container.run({
    image: 'host',
    command: [node, '-e', code],
    mounts,
    network: 'host',
    init: true,
    lifetime: 'process',
    memory: '256m',
    ready: { http: '/', port },
  })
  times.push(['a node server, until it answers', performance.now() - started])
  const response = await fetch(`http://127.0.0.1:${web.port(port)}/`)
  const text = await response.text()
  shows(
    response.status === 200 && text.startsWith('Hello from process'),
    `GET http://127.0.0.1:${port}/`,
    `${response.status} "${text}"`,
  )
  const stopped = performance.now()
  await web.stop()
  await web.remove()
  times.push(['to stop and remove it', performance.now() - stopped])
}

async function hostileJob() {
  title(4, 'A hostile job', "await run('host', ['node', '-e', hostile], { limits: 'strict' })")
  const secret = join(home, 'secret')
  writeFileSync(secret, 'the password of the host')
  const host = createServer((_, response) => response.end('inside'))
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve))
  const hostile = readFileSync(new URL('quickstart/hostile.cjs', import.meta.url), 'utf8')
  const result = await engine.run(
    'host',
    [node, '-e', hostile, secret, String(process.pid), String(host.address().port)],
    { mounts, limits: 'strict' },
  )
  host.close()
  const attempts = result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { what, outcome, message } of attempts) {
    if (outcome === 'not tried') say(`   ${dim(`- ${what}: not tried, the host has no program for it`)}`)
    else shows(outcome === 'refused', what, `${outcome}${message && `: ${message}`}`)
  }
  if (result.exitCode !== 0) shows(false, 'the hostile job ran to its end', result.stderr)
}

async function measure() {
  const box = await engine.Container.run({ image: 'host', command: ['sleep', '600'], lifetime: 'process' })
  const median = async (count, action) => {
    const taken = []
    for (let round = 0; round < count; round++) {
      const started = performance.now()
      await action()
      taken.push(performance.now() - started)
    }
    return taken.sort((a, b) => a - b)[Math.floor(count / 2)]
  }
  times.push([
    'run() of true in a sandbox, median of 100',
    await median(100, () => engine.run('host', ['true'], { check: true })),
  ])
  times.push([
    'exec of true in a container, median of 100',
    await median(100, () => box.exec(['true'], { check: true })),
  ])
  await box.remove({ force: true })
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** What containers of this engine have on the disk and in the mount table. A job's result does not wait for its teardown, so this may take a moment. */
async function leftBehind() {
  const places = ['root/containers', 'root/names/containers', 'root/ids', 'run/containers'].map((name) =>
    join(home, name),
  )
  for (let round = 0; ; round++) {
    const left = places.flatMap((place) => readdirSync(place).map((name) => join(place, name)))
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(home))
    if (left.length + mounts.length === 0 || round === 100) return [...left, ...mounts]
    await pause(50)
  }
}

async function cleanUp() {
  for (const container of (await engine?.Container.list({ all: true })) ?? [])
    await container.remove({ force: true }).catch(() => {})
  await engine?.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}

process.once('SIGINT', () => cleanUp().finally(() => process.exit(130)))

try {
  engine = await Engine.open({ root: join(home, 'root'), runRoot: join(home, 'run') })
  const { operatingSystem } = await engine.info()
  say()
  say(
    `${bold('Gantry')} ${dim(`on ${operatingSystem}, Linux ${release()}, Node.js ${process.version}, ${cpus().length} CPUs`)}`,
  )
  await sandboxedJob()
  await limitsHold()
  await server()
  await hostileJob()
  await measure()
  const left = await leftBehind()
  title(5, 'Times')
  table([...times, ['everything above', performance.now() - began]].map(([name, value]) => [name, milliseconds(value)]))
  say()
  shows(left.length === 0, 'nothing is left behind', left.join(', '))
} catch (error) {
  console.error(
    `\n${red('The quickstart failed.')} ${error instanceof GantryError ? `${error.code}: ${error.message}` : error.stack}`,
  )
  console.error('  What this machine can do: node bin/gantry.js doctor')
  process.exitCode = 1
} finally {
  await cleanUp()
}

if (failed().length > 0) {
  say(red(`\n  These did not hold: ${failed().join(', ')}`))
  process.exitCode = 1
} else if (!process.exitCode) {
  say()
  say(dim('Next: examples/, docs/getting-started.md, and the command: node bin/gantry.js run --rm -it host sh'))
  say()
}
