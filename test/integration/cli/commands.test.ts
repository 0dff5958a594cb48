import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Gantry } from './gantry.js'

const gantry = new Gantry()
afterAll(() => gantry.clean())

describe('a running container', () => {
  let id: string
  beforeAll(async () => {
    id = await gantry.must('run', '-d', '--name', 'web', '-l', 'tier=front', '-m', '64m', '--health-cmd', 'true', '--health-interval', '100ms', 'host', 'sh', '-c', 'echo one; echo two >&2; echo three; exec sleep 1000')
  })
  afterAll(() => gantry.run('rm', '-f', 'web'))

  test('is listed', async () => {
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    const [heading, row] = (await gantry.must('ps')).split('\n')
    expect(heading).toMatch(/^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/)
    expect(row).toMatch(new RegExp(`^${id.slice(0, 12)} +host +"sh -c 'echo one; ec…" +.* ago +Up .* web$`))
    expect(await gantry.must('ps', '-q', '--no-trunc', '-f', 'label=tier=front')).toBe(id)
    expect(await gantry.must('container', 'ls', '-q', '-f', 'name=nothing')).toBe('')
    expect(await gantry.must('ps', '--format', '{{.Names}}|{{.State}}|{{.Label "tier"}}')).toBe('web|running|front')
  })
  test('is inspected in docker\'s words', async () => {
    const text = await gantry.must('inspect', 'web')
    expect(text).toMatch(/^\[\n {4}\{\n {8}"Id": "/)
    const [document] = JSON.parse(text) as { Id: string; State: { Running: boolean }; HostConfig: { Memory: number } }[]
    expect(document).toMatchObject({ Id: id, Name: '/web', State: { Running: true }, HostConfig: { Memory: 64 * 2 ** 20 } })
    expect(await gantry.must('inspect', '-f', '{{.State.Status}} {{.Config.Labels.tier}} {{json .Path}} {{range .Args}}[{{.}}]{{end}}', 'web')).toMatch(/^running front "sh" \[-c\]\[echo one/)
    expect(await gantry.run('inspect', 'nothing')).toMatchObject({ code: 1, out: '[]\n', err: 'gantry: No such object: nothing\n' })
    expect(await gantry.run('inspect', '-f', '{{.Nope}}', 'web')).toMatchObject({ code: 1, err: expect.stringContaining('map has no entry for key "Nope"') as string })
  })
  test('becomes healthy', async () => {
    await expect.poll(() => gantry.must('ps', '--format', '{{.Status}}'), { timeout: 20_000 }).toMatch(/^Up .* \(healthy\)$/)
    expect(await gantry.must('inspect', '-f', '{{.State.Health.Status}}', 'web')).toBe('healthy')
  })
  test('has logs', async () => {
    const { out, err } = await gantry.run('logs', 'web')
    expect([out, err]).toEqual(['one\nthree\n', 'two\n'])
    // The two streams are two pipes: which line came last is not said.
    const last = await gantry.run('logs', '-n', '1', '-t', 'web')
    expect(last.out + last.err).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (two|three)\n$/)
    expect((await gantry.run('logs', '--since', '0s', 'web')).out).toBe('')
  })
  test('executes', async () => {
    expect(await gantry.run('exec', '-e', 'A=1', '-w', '/tmp', 'web', 'sh', '-c', 'echo $A; pwd; exit 4')).toMatchObject({ code: 4, out: '1\n/tmp\n' })
    expect(await gantry.feed('typed', 'exec', '-i', 'web', 'cat')).toMatchObject({ code: 0, out: 'typed' })
    expect((await gantry.run('exec', 'web', 'no-such-program')).code).toBe(127)
    expect((await gantry.run('exec', 'web', '/etc/hostname')).code).toBe(126)
    expect((await gantry.run('exec', 'web', 'sh', '-c', 'kill -9 $$')).code).toBe(137)
    expect((await gantry.run('exec', 'web', 'sh', '-c', 'head -c 20000000 /dev/zero')).out.length).toBe(20_000_000)
    expect(await gantry.run('exec', '-it', 'web', 'sh')).toMatchObject({ code: 1, err: expect.stringContaining('not a TTY') as string })
  })
  test('shows its processes and numbers', async () => {
    expect(await gantry.must('top', 'web')).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n.*sleep 1000$/)
    expect(await gantry.must('stats', '--no-stream', 'web')).toMatch(/^CONTAINER ID {3}NAME .*\n[0-9a-f]{12} +web +\d+\.\d\d% +\S+ \/ 64MiB +\d+\.\d\d% .* 1$/)
    expect(JSON.parse(await gantry.must('stats', '--no-stream', '--format', 'json', 'web'))).toMatchObject({ Name: 'web', PIDs: '1' })
  })
  test('copies, in and out, as files and archives', async () => {
    const [source, back] = [join(gantry.directory, 'in'), join(gantry.directory, 'out')]
    writeFileSync(source, 'copied')
    await gantry.must('cp', source, 'web:/tmp/there')
    expect((await gantry.run('exec', 'web', 'cat', '/tmp/there')).out).toBe('copied')
    await gantry.must('cp', 'web:/tmp/there', back)
    expect(readFileSync(back, 'utf8')).toBe('copied')
    const archive = await gantry.run('cp', 'web:/tmp/there', '-')
    await gantry.must('exec', 'web', 'mkdir', '/tmp/below')
    expect((await gantry.feed(archive.out, 'cp', '-', 'web:/tmp/below')).code).toBe(0)
    expect((await gantry.run('exec', 'web', 'cat', '/tmp/below/there')).out).toBe('copied')
    expect((await gantry.must('diff', 'web')).split('\n')).toEqual(expect.arrayContaining(['A /tmp/there', 'A /tmp/below', 'A /tmp/below/there']))
    expect(await gantry.run('cp', 'web:/nothing', '-')).toMatchObject({ code: 1, out: '' })
  })
  test('is paused, changed, renamed', async () => {
    await gantry.must('pause', 'web')
    expect(await gantry.must('ps', '--format', '{{.Status}}')).toMatch(/\(Paused\)$/)
    expect(await gantry.run('exec', 'web', 'true')).toMatchObject({ code: 1 })
    await gantry.must('unpause', 'web')
    expect(await gantry.must('update', '-m', '32m', '--memory-swap', '32m', 'web')).toBe('web')
    expect(await gantry.must('inspect', '-f', '{{.HostConfig.Memory}}', 'web')).toBe(String(32 * 2 ** 20))
    await gantry.must('rename', 'web', 'site')
    expect(await gantry.must('ps', '--format', '{{.Names}}')).toBe('site')
    await gantry.must('rename', 'site', 'web')
  })
  test('its name is taken', async () => {
    expect(await gantry.run('create', '--name', 'web', 'host')).toMatchObject({ code: 125, out: '' })
  })
  test('its events are told', async () => {
    const events = (await gantry.must('events', '--since', '10m', '--until', '0s', '-f', 'container=web', '--format', '{{.Action}}')).split('\n')
    expect(events).toEqual(expect.arrayContaining(['create', 'start', 'pause', 'unpause', 'rename']))
    const [first] = (await gantry.must('events', '--since', '10m', '--until', '0s', '-f', 'event=start', '--format', 'json')).split('\n')
    expect(JSON.parse(first!)).toMatchObject({ Type: 'container', Action: 'start', Actor: { ID: id, Attributes: { image: 'host', tier: 'front' } } })
  })
})

describe('ends', () => {
  test('stop, wait, start, restart, kill, rm', async () => {
    await gantry.must('run', '-d', '--name', 'job', 'host', 'sh', '-c', 'trap "exit 6" TERM; while :; do sleep 0.05; done')
    expect(await gantry.run('rm', 'job')).toMatchObject({ code: 1 })
    const waiting = gantry.run('wait', 'job')
    expect(await gantry.must('stop', 'job')).toBe('job')
    expect((await waiting).out).toBe('6\n')
    expect(await gantry.must('ps', '-a', '--format', '{{.Status}}')).toMatch(/^Exited \(6\) .* ago$/)
    expect(await gantry.must('start', 'job')).toBe('job')
    expect(await gantry.must('restart', '-t', '1', 'job')).toBe('job')
    expect(await gantry.must('kill', 'job')).toBe('job')
    expect(await gantry.must('wait', 'job')).toBe('137')
    expect(await gantry.run('kill', 'job')).toMatchObject({ code: 1 })
    expect(await gantry.must('rm', 'job')).toBe('job')
    expect(await gantry.run('rm', 'job')).toMatchObject({ code: 1 })
    expect(await gantry.run('rm', '-f', 'job')).toMatchObject({ code: 0 })
  })
  test('one failure among several', async () => {
    await gantry.must('create', '--name', 'made', 'host', 'true')
    const { code, out, err } = await gantry.run('rm', 'nothing', 'made')
    expect([code, out]).toEqual([1, 'made\n'])
    expect(err).toContain('nothing')
  })
  test('start -a', async () => {
    await gantry.must('create', '--name', 'said', 'host', 'sh', '-c', 'echo said; exit 2')
    expect(await gantry.run('start', '-a', 'said')).toMatchObject({ code: 2, out: 'said\n' })
    expect(await gantry.run('start', '-a', 'said')).toMatchObject({ code: 2, out: 'said\n' })
  })
  test('prune asks first', async () => {
    expect((await gantry.feed('n\n', 'container', 'prune')).out).toContain('Are you sure you want to continue? [y/N]')
    expect(await gantry.must('ps', '-aq')).not.toBe('')
    expect((await gantry.feed('y\n', 'container', 'prune')).out).toContain('Deleted Containers:')
    expect(await gantry.must('ps', '-aq')).toBe('')
  })
})

test('images', async () => {
  const tree = join(gantry.directory, 'tree')
  mkdirSync(tree)
  writeFileSync(join(tree, 'file'), 'x')
  const id = await gantry.must('import', tree, 'mine:1')
  expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await gantry.must('images', '--format', '{{.Repository}}:{{.Tag}} {{.Size}}')).toBe('mine:1 1B\nhost:latest 0B')
  await gantry.must('tag', 'mine:1', 'other')
  expect((await gantry.must('images', '-q', '--no-trunc')).split('\n')).toEqual([id, id])
  expect(await gantry.must('images', 'other', '--format', '{{.Tag}}')).toBe('latest')
  expect(JSON.parse(await gantry.must('image', 'inspect', 'mine:1'))).toMatchObject([{ Id: id, RepoTags: expect.arrayContaining(['mine:1', 'other:latest']) as string[], Os: 'linux' }])
  expect(await gantry.must('history', '-q', '--no-trunc', 'mine:1')).toBe(id)
  expect(await gantry.must('rmi', 'mine:1')).toBe('Untagged: mine:1')
  expect(await gantry.must('rmi', 'other')).toContain(`Deleted: ${id}`)
  expect(await gantry.run('rmi', 'other')).toMatchObject({ code: 1 })
  const made = await gantry.run('export', await gantry.must('create', '--name', 'source', 'host', 'true'))
  expect(made.code).toBe(0)
  await gantry.must('rm', 'source')
})

test('the system', async () => {
  expect(await gantry.must('info', '-f', '{{.Containers}} {{.DockerRootDir}}')).toBe(`0 ${gantry.environment.GANTRY_ROOT}`)
  expect(await gantry.must('system', 'df')).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages .*\nContainers /)
  expect(await gantry.must('system', 'df', '-v')).toMatch(/^Images space usage:\n\nREPOSITORY +TAG .*CONTAINERS\n(.+\n)*\nContainers space usage:\n\nCONTAINER ID +IMAGE .*NAMES/)
  expect((await gantry.run('doctor')).code).toBe(0)
  expect(await gantry.must('system', 'prune', '-f')).toContain('Total reclaimed space: 0B')
  expect(await gantry.must('system', 'restore')).toBe('')
})
