/** Ways out that others had to close: descriptors, executables, links and what the container does to those who enter it. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GantryError } from '../../../lib/index.js'
import { type Ground, openGround } from './ground.js'

let ground: Ground
let canary: string
beforeAll(async () => {
  ground = await openGround()
  canary = ground.canary()
})
afterAll(() => ground.close())

const monitorProgram = join(import.meta.dirname, '../../../build/Release/gantry-monitor')
const hash = () => createHash('sha256').update(readFileSync(monitorProgram)).digest('hex')
const outcome = (work: PromiseLike<unknown>) => work.then(() => 'done', (error: GantryError) => error.code)

describe('a hunter in the container', () => {
  const choices = [
    { isolation: 'sandbox' },
    { isolation: 'compat' },
    // With the right to trace, what enters is seen; nothing of the host may be in its hands.
    { isolation: 'sandbox', capAdd: ['SYS_PTRACE'] },
    { isolation: 'compat', capAdd: ['SYS_PTRACE'] },
  ] as const
  for (const choice of choices) {
    it(`finds nothing of the host during 40 execs (${JSON.stringify(choice)})`, async () => {
      const before = hash()
      const container = await ground.engine.Container.run({ image: 'hostile', ...choice, capAdd: [...('capAdd' in choice ? choice.capAdd : [])], command: ['/attacker', 'hunt', join(ground.base, 'canary/file')], healthcheck: { command: ['true'], interval: 20 } })
      // What is executed says #!/proc/self/exe: it is the program of whoever enters.
      await container.exec(['sh', '-c', 'echo "#!/proc/self/exe" > /tmp/self; chmod 755 /tmp/self'])
      for (let i = 0; i < 40; i++) {
        const { exitCode } = await container.exec(['/bin/true'])
        expect(exitCode).toBe(0)
        await outcome(container.exec(['/tmp/self']))
        await outcome(container.exec(['/proc/self/exe']))
      }
      await container.exec(['touch', '/stop'])
      await container.wait()
      const lines: string[] = []
      for await (const { text } of container.logs()) lines.push(text)
      await container.remove({ force: true })
      expect(lines.at(-1)).toBe('hunted')
      const own = /^(exe \/(attacker|bin\/\S+|memfd:gantry-monitor \(deleted\))|(cwd|root) \/\S*|fd (pipe|\/dev\/null|\/proc\S*|\/|anon_inode:\S+|\/memfd:\S+ \(deleted\)|\/stop|\/tmp\/self)|mode E[A-Z]+|hunted)$/
      expect(lines.filter((line) => !own.test(line))).toEqual([])
      expect(hash()).toBe(before)
      // Its program still starts.
      expect((await ground.engine.run('hostile', ['true'])).exitCode).toBe(0)
    })
  }
})

it('an exec among those who may trace behaves as every other', async () => {
  const container = await ground.engine.Container.run({ image: 'hostile', isolation: 'compat', capAdd: ['SYS_PTRACE'], command: ['sleep', '1000'] })
  expect(await container.exec(['sh', '-c', 'cat; exit 7'], { input: 'x' })).toMatchObject({ exitCode: 7, signal: null, stdout: 'x' })
  expect(await container.exec(['sh', '-c', 'kill -USR1 $$'])).toMatchObject({ signal: 'SIGUSR1' })
  expect((await container.exec(['sh', '-c', 'test -t 0 && stty size'], { tty: true })).stdout).toMatch(/^\d+ \d+/)
  await expect(container.exec(['/nope'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' })
  const job = container.exec(['sh', '-c', 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.01; done'])
  for await (const { text } of job) if (text === 'ready') break
  await job.kill('SIGTERM')
  expect(await job).toMatchObject({ exitCode: 5 })
  const killed = container.exec(['sleep', '4747'])
  await killed.started
  await killed.kill('SIGKILL')
  expect(await killed).toMatchObject({ signal: 'SIGKILL' })
  await expect.poll(async () => (await container.exec(['ps', '-o', 'args'])).stdout).not.toContain('sleep 4747')
  await container.remove({ force: true })
})

describe('a container that stops, kills and starves whoever enters', () => {
  for (const isolation of ['sandbox', 'compat'] as const) {
    it(`${isolation}: does not hold up its monitor`, async () => {
      const container = await ground.engine.Container.run({ image: 'hostile', isolation, command: ['sh', '-c', 'while :; do kill -STOP -1; done'], healthcheck: { command: ['true'], interval: 10, timeout: 100 } })
      const jobs = Array.from({ length: 20 }, () => container.exec(['sleep', '1000']))
      const ends = jobs.map((job) => outcome(job))
      await pause(300)
      // Whatever the execs are at, the monitor hears us.
      await container.pause()
      await container.unpause()
      await container.kill()
      await container.wait()
      for (const end of await Promise.all(ends)) expect(end).toMatch(/^(done|ERR_)/)
      await container.remove({ force: true })
    })

    it(`${isolation}: may kill them, and an exec says so`, async () => {
      const container = await ground.engine.Container.run({ image: 'hostile', isolation, command: ['sh', '-c', 'while :; do kill -9 -1; done'] })
      for (let i = 0; i < 20; i++) expect(await outcome(container.exec(['sleep', '1000']))).toMatch(/^(done|ERR_)/)
      await container.remove({ force: true })
    })
  }

  it('does not hold up the time limit of an exec', async () => {
    const container = await ground.engine.Container.run({ image: 'hostile', cpus: 0.05, command: ['sh', '-c', 'i=0; while test $i -lt 30; do while :; do kill -STOP -1; done & i=$((i+1)); done; while :; do kill -CONT -1; done'] })
    const results = await Promise.all(Array.from({ length: 10 }, () => container.exec(['sleep', '1000'], { timeout: 200 })))
    for (const result of results) expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
    await container.kill()
    await container.remove({ force: true })
  })

  it('also when it shares its processes with one that is being started', async () => {
    const first = await ground.engine.Container.run({ image: 'hostile', command: ['sh', '-c', 'while :; do kill -STOP -1; done'] })
    const second = ground.engine.Container.run({ image: 'hostile', command: ['sleep', '1000'], pid: `container:${first.id}` })
    await outcome(second)
    await first.kill()
    await first.remove({ force: true })
    for (const container of await ground.engine.Container.list({ all: true })) await container.remove({ force: true })
  })
})

describe('an image whose directories are links', () => {
  const places = ['dev', 'proc', 'sys', 'etc', 'mnt', 'tmp']
  const targets = (base: string) => [join(base, 'canary/etc'), `../../../../../../../../..${base}/canary/etc`, '/proc/self/root/etc', '/proc/1/root', '/proc/self/fd/5', '/', '..', 'loop']
  for (const isolation of ['sandbox', 'compat'] as const) {
    it(`${isolation}: changes nothing on the host`, async () => {
      for (const place of places)
        for (const target of targets(ground.base)) {
          const name = `link-${isolation}`
          await ground.image(name, (root) => {
            rmSync(join(root, place), { recursive: true, force: true })
            symlinkSync(target, join(root, place))
            symlinkSync('loop', join(root, 'loop'))
          })
          const job = ground.engine.run(name, ['/attacker', 'writable'], {
            isolation,
            workdir: '/mnt/made/here',
            hostname: 'evil',
            tmpfs: { '/tmp/t': '' },
            mounts: [{ type: 'bind', source: join(ground.base, 'canary'), target: '/mnt/bound', readOnly: true }, { type: 'bind', source: join(ground.base, 'canary/file'), target: '/etc/bound', readOnly: true }],
          })
          const done = await job.then(({ stdout }) => stdout, (error: GantryError) => error.code)
          if (!done.startsWith('ERR_')) expect(done, `${place} -> ${target}`).not.toMatch(/^\/(sys|proc\/(sys|sysrq|irq|bus|fs))\//m)
          expect(ground.canary(), `${place} -> ${target}`).toBe(canary)
        }
    }, 240_000)
  }

  for (const isolation of ['sandbox', 'compat'] as const) {
    it(`${isolation}: cannot get procfs to where no mask is`, async () => {
      // procfs on /real by way of /a/l, then a tmpfs over /a: /proc leads nowhere, and all that was to be masked is 'missing'.
      await ground.image('maze', (root) => {
        for (const name of ['a', 'real']) mkdirSync(join(root, name))
        symlinkSync('a/l', join(root, 'proc'))
        symlinkSync('/real', join(root, 'a/l'))
        symlinkSync('a', join(root, 'dev'))
      })
      await expect(ground.engine.run('maze', ['true'], { isolation })).rejects.toMatchObject({ code: 'ERR_MOUNT', message: expect.stringContaining('/proc') as string })
    })
  }

  it('and whose mount points another container flips gets its mounts inside', async () => {
    const shared = join(ground.base, 'flipped')
    const marker = join(ground.base, 'marker')
    for (const path of [shared, marker]) mkdirSync(path)
    writeFileSync(join(marker, 'file'), 'marker')
    const links = ['/proc', '/proc/sys', '/sys', '/', `../../../../..${join(ground.base, 'canary')}`, '/proc/1/root', '/dev']
    const flips = links.map((link) => `ln -s ${link} /shared/x; rm -f /shared/x; mkdir -p /shared/x; rm -rf /shared/x`).join('; ')
    const flipper = await ground.engine.Container.run({ image: 'hostile', command: ['sh', '-c', `while :; do ${flips}; done`], mounts: [{ type: 'bind', source: shared, target: '/shared' }] })
    const outcomes = new Set<string>()
    for (let round = 0; round < 40; round++) {
      const mounts = [{ type: 'bind', source: shared, target: '/shared' }, { type: 'bind', source: marker, target: '/shared/x/sys', readOnly: true }] as const
      const isolation = round % 2 ? 'sandbox' : 'compat'
      const done = await ground.engine.run('hostile', ['/attacker', 'writable'], { isolation, mounts: [...mounts], tmpfs: { '/shared/x/kernel': '' } }).then(({ stdout }) => stdout, (error: GantryError) => error.code)
      outcomes.add(done.startsWith('ERR_') ? done : 'ran')
      if (!done.startsWith('ERR_')) expect(done).not.toMatch(/^\/(sys|proc\/(sys|sysrq-trigger|irq|bus|fs|kcore))(\/|$)/m)
      expect(ground.canary()).toBe(canary)
    }
    for (const outcome of outcomes) expect(outcome).toMatch(/^(ran|ERR_MOUNT|ERR_LAUNCH)$/)
    expect(outcomes).toContain('ran')
    await flipper.remove({ force: true })
  }, 120_000)

  it('has its accounts read inside, and no longer than is sensible', async () => {
    const cases: [string, (etc: string) => void, string][] = [
      ['a link to the host', (etc) => symlinkSync(join(ground.base, 'canary/etc/passwd'), join(etc, 'passwd')), 'ERR_USER_NOT_FOUND'],
      ['a climbing link', (etc) => symlinkSync(`../../../../../../..${ground.base}/canary/etc/passwd`, join(etc, 'passwd')), 'ERR_USER_NOT_FOUND'],
      ['a loop', (etc) => symlinkSync('passwd', join(etc, 'passwd')), 'ERR_IMAGE_INVALID'],
      ['a directory', (etc) => mkdirSync(join(etc, 'passwd')), 'ERR_IMAGE_INVALID'],
      ['huge', (etc) => writeFileSync(join(etc, 'passwd'), `${'x'.repeat(70)}\n`.repeat(50_000)), 'ERR_IMAGE_INVALID'],
      ['of large ids', (etc) => writeFileSync(join(etc, 'passwd'), 'canary:x:4294967296:4294967295::/:\n'), 'ERR_USER_NOT_FOUND'],
    ]
    for (const [what, make, code] of cases) {
      await ground.image('accounts', (root) => {
        rmSync(join(root, 'etc/passwd'))
        make(join(root, 'etc'))
      })
      expect(await outcome(ground.engine.run('accounts', ['true'], { user: 'canary' })), what).toBe(code)
    }
  })
})

it('users that look like numbers are none, and no number wraps around', async () => {
  await ground.image('numbers', (root) => writeFileSync(join(root, 'etc/passwd'), '1000:x:0:0::/:\n0x0:x:0:0::/:\nuser:x:7:7::/:\n4294967295:x:0:0::/:\n'))
  const as = async (user: string) => {
    try {
      return (await ground.engine.run('numbers', ['/attacker', 'ids'], { user })).stdout
    } catch (error) {
      return (error as GantryError).code
    }
  }
  expect(await as('1000')).toBe('1000 1000\n')
  for (const user of ['4294967295', '4294967296', '18446744073709551616', ' root', 'root ', '-1', '+0', '1e3', '0b0', ':', '0:', '0:4294967295', '', 'root\n', '0/0', '1000:-1']) expect(await as(user), user).toMatch(/^ERR_/)
  for (const user of ['0x0']) expect(await as(user)).toMatch(/^(0 0\n|ERR_)/)
})
