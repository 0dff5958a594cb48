// Runs inside the virtual machine. Each check prints one line of JSON; vm.test.ts reads them from the console.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { Engine } from './dist/index.js'

const say = (name, value) => console.log(`gantry-vm ${JSON.stringify({ name, ...value })}`)
async function check(name, body) {
  const started = performance.now()
  try {
    say(name, { value: await body(), ms: Math.round(performance.now() - started) })
  } catch (error) {
    say(name, { error: `${error.code ?? ''} ${error.message}`, stack: error.stack })
  }
}
const summary = ({ exitCode, signal, stdout, stderr, oomKilled, timedOut }) => ({
  exitCode,
  signal,
  stdout,
  stderr,
  oomKilled,
  timedOut,
})

await check('kernel', () => readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim())
await check('cgroups', () =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('cgroup')),
)
const engine = await Engine.open({ root: '/var/lib/gantry', runRoot: '/run/gantry' })
await check('import', async () => (await engine.Image.import('/base', { name: 'base' })).tags)
for (const isolation of ['compat', 'sandbox']) {
  const run = async (script, options = {}) =>
    summary(await engine.run('base', ['sh', '-c', script], { isolation, ...options }))
  await check(`${isolation} run`, () =>
    run(
      'id -u; echo written > /file; cat /file; cat /proc/self/cgroup; stat -c %u:%g /bin/busybox; echo err >&2; exit 3',
    ),
  )
  await check(`${isolation} disk size`, () =>
    run('dd if=/dev/zero of=/big bs=1M count=20 2>/dev/null; stat -c %s /big', { diskSize: '8m' }),
  )
  await check(`${isolation} memory`, () =>
    run('head -c 100000000 /dev/zero | tr "\\0" x | dd of=/dev/null bs=90000000 count=1 iflag=fullblock', {
      memory: '16m',
    }),
  )
  await check(`${isolation} pids`, () =>
    run('for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; echo unreached', { pidsLimit: 5 }),
  )
  await check(`${isolation} limits`, () =>
    run('cd /sys/fs/cgroup; cat memory.max pids.max cpu.max', { memory: '64m', pidsLimit: 9, cpus: 0.5 }),
  )
  await check(`${isolation} devices`, () =>
    run('mknod /tmp/k c 1 11 && head -c 1 /tmp/k; mknod /tmp/z c 1 5 && head -c 3 /tmp/z | tr "\\0" z'),
  )
  await check(`${isolation} timeout`, () => run('sleep 100', { timeout: 300 }))
}
await check('host image', async () => summary(await engine.run('host', ['/bin/busybox', 'true'])))
await check('container', async () => {
  const container = await engine.Container.run({
    image: 'base',
    command: ['sh', '-c', 'while :; do :; done'],
    cpus: 0.2,
    memory: '64m',
  })
  await pause(300)
  const stats = async () => {
    for await (const one of container.stats({ stream: false })) return one
  }
  const { cpu, memory, pids } = await stats()
  await container.pause()
  const before = (await stats()).cpu.usageUs
  const paused = (await container.inspect()).status
  await pause(200)
  const after = (await stats()).cpu.usageUs
  await container.unpause()
  const execed = summary(await container.exec(['sh', '-c', 'cat /proc/1/cgroup; ls /sys/fs/cgroup | head -n 1']))
  await container.update({ memory: '32m', memorySwap: '32m', pidsLimit: 7 })
  const updated = (await container.exec(['sh', '-c', 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max'])).stdout
  await container.stop({ timeout: 0 })
  const { status, exitCode } = await container.inspect()
  await container.remove()
  return {
    used: cpu.usageUs > 0,
    throttled: cpu.throttledUs > 0,
    limit: memory.limitBytes,
    pids: pids.current,
    paused,
    still: before === after,
    execed,
    updated,
    status,
    exitCode,
  }
})
await check('restart', async () => {
  const container = await engine.Container.run({
    image: 'base',
    command: ['sh', '-c', 'sleep 0.1; exit 4'],
    restart: 'on-failure:2',
  })
  for (let round = 0; round < 200 && (await container.inspect()).status !== 'exited'; round++) await pause(50)
  const { restartCount, exitCode } = await container.inspect()
  await container.remove()
  return { restartCount, exitCode }
})
await check('owner killed', async () => {
  const script = `import { Engine } from '/gantry/dist/index.js'
    const engine = await Engine.open({ root: '/var/lib/gantry', runRoot: '/run/gantry' })
    const job = engine.run('base', ['sleep', '4711']); await job.started; process.kill(process.pid, 'SIGKILL')`
  try {
    execFileSync('/bin/node', ['--input-type=module', '-e', script])
  } catch (error) {
    if (error.signal !== 'SIGKILL') throw error
  }
  const alive = () => execFileSync('/bin/sh', ['-c', 'ps | grep "[s]leep 4711" || true']).toString()
  for (let round = 0; round < 100 && alive() !== ''; round++) await pause(50)
  return alive()
})
for (const isolation of ['compat', 'sandbox']) {
  await check(`${isolation} files`, async () => {
    const container = await engine.Container.run({
      image: 'base',
      isolation,
      command: ['sh', '-c', 'echo made > /made; sleep 1000'],
    })
    await pause(100)
    await container.copyTo('/etc/passwd', '/tmp/passwd')
    const read = async () => ({
      diff: (await container.diff()).map(({ kind, path }) => `${kind} ${path}`),
      made: (await text(await container.copyFrom('/made'))).includes('made'),
    })
    const live = await read()
    await container.stop({ timeout: 0 })
    const stopped = await read()
    await container.remove()
    return { live, stopped }
  })
}
await check('left over', async () => {
  const cgroups = () =>
    readdirSync('/sys/fs/cgroup/gantry', { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== 'monitors',
    )
  for (
    let round = 0;
    round < 100 && (readdirSync('/run/gantry/containers').length > 0 || cgroups().length > 0);
    round++
  )
    await pause(50)
  return {
    containers: readdirSync('/var/lib/gantry/containers'),
    state: readdirSync('/run/gantry/containers'),
    cgroups: cgroups().map(({ name }) => name),
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes('/gantry/')),
  }
})
await engine.close()
