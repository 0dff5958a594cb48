import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { Gantry, outcomeOf } from './gantry.js'

const gantry = new Gantry()
afterAll(() => gantry.clean())

describe('run', () => {
  test('passes on what is printed, and the exit code', async () => {
    expect(await gantry.run('run', '--rm', 'host', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toMatchObject({ code: 7, out: 'out\n', err: 'err\n' })
  })
  test('what ends by a signal gives 128 and its number', async () => {
    expect((await gantry.run('run', '--rm', '--init', 'host', 'sh', '-c', 'kill -KILL $$')).code).toBe(137)
  })
  test('a program that is missing or cannot be executed, and nothing is left', async () => {
    expect(await gantry.run('run', '--rm', 'host', 'no-such-program')).toMatchObject({ code: 127, out: '' })
    expect(await gantry.run('run', '--rm', 'host', '/etc/hostname')).toMatchObject({ code: 126, out: '' })
    expect(await gantry.run('run', '--rm', 'no-such-image', 'true')).toMatchObject({ code: 125, out: '' })
    expect(await gantry.must('ps', '-aq')).toBe('')
  })
  test('input only with -i', async () => {
    expect(await gantry.feed('typed', 'run', '--rm', '-i', 'host', 'cat')).toMatchObject({ code: 0, out: 'typed' })
    expect(await gantry.feed('typed', 'run', '--rm', 'host', 'cat')).toMatchObject({ code: 0, out: '' })
  })
  test('a megabyte of input', async () => {
    const bytes = Buffer.alloc(1 << 20, 'x')
    expect((await gantry.feed(bytes, 'run', '--rm', '-i', 'host', 'wc', '-c')).out.trim()).toBe(String(bytes.length))
  })
  test('nothing of a large output is lost, however slowly it is read', async () => {
    const child = gantry.spawn(['run', '--rm', 'host', 'sh', '-c', 'head -c 100000000 /dev/zero; echo END'])
    const hash = createHash('md5')
    let bytes = 0
    for await (const chunk of child.stdout!) {
      if (bytes % 5_000_000 < chunk.length) await pause(20)
      bytes += chunk.length
      hash.update(chunk)
    }
    expect(bytes).toBe(100_000_004)
    expect(hash.digest('hex')).toBe(createHash('md5').update(Buffer.alloc(100_000_000)).update('END\n').digest('hex'))
  })
  test('its log is what was printed, to the byte', async () => {
    await gantry.must('run', '--name', 'bytes', 'host', 'sh', '-c', 'head -c 3000000 /dev/zero; printf "\\377\\n\\nno end"; printf err >&2')
    const child = gantry.spawn(['logs', 'bytes'])
    const [bytes, err] = await Promise.all([child.stdout!.toArray(), child.stderr!.toArray()])
    expect(Buffer.concat(bytes).equals(Buffer.concat([Buffer.alloc(3_000_000), Buffer.from('\xff\n\nno end', 'latin1')]))).toBe(true)
    expect(Buffer.concat(err).toString()).toBe('err')
    expect((await gantry.run('logs', '-n', '2', 'bytes')).out).toBe('no end')
    await gantry.must('rm', 'bytes')
  })
  test('environment, user, directory, host name', async () => {
    const { out } = await gantry.run('run', '--rm', '-e', 'A=b', '-u', '7:8', '-w', '/tmp', '-h', 'box', 'host', 'sh', '-c', 'echo $A; id -u; id -g; pwd; cat /proc/sys/kernel/hostname')
    expect(out.split('\n')).toEqual(['b', '7', '8', '/tmp', 'box', ''])
  })
  test('a bind mount is the host, and read-only when asked', async () => {
    const path = join(gantry.directory, 'file')
    writeFileSync(path, 'of the host')
    expect(await gantry.run('run', '--rm', '-v', `${path}:/file:ro`, 'host', 'sh', '-c', 'cat /file; echo x > /file')).toMatchObject({ out: 'of the host', err: expect.stringContaining('Read-only') as string })
  })
  test('a cidfile is written once, and kept from a second container', async () => {
    const path = join(gantry.directory, 'cid')
    await gantry.must('run', '--rm', '--cidfile', path, 'host', 'true')
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}$/)
    expect(await gantry.run('run', '--rm', '--cidfile', path, 'host', 'true')).toMatchObject({ code: 125, err: expect.stringContaining('container ID file found') as string })
    const other = join(gantry.directory, 'none')
    await gantry.run('create', '--cidfile', other, 'no-such-image')
    expect(existsSync(other)).toBe(false)
  })
  test('signals go to the container', async () => {
    const child = gantry.spawn(['run', '--rm', 'host', 'sh', '-c', 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.05; done'])
    const outcome = outcomeOf(child)
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    expect(await outcome).toMatchObject({ code: 9, out: 'ready\ncaught\n' })
  })
  test('a reader that goes away ends it quietly', async () => {
    await gantry.must('run', '-d', '--name', 'endless', 'host', 'sh', '-c', 'while :; do echo line; sleep 0.02; done')
    const child = gantry.spawn(['logs', '-f', 'endless'])
    const outcome = outcomeOf(child)
    await once(child.stdout!, 'data')
    child.stdout!.destroy()
    expect(await outcome).toMatchObject({ code: 141, err: '' })
    await gantry.must('rm', '-f', 'endless')
  })
})

describe('exec', () => {
  test('what it runs is not ended by the death of the command, and may print on', async () => {
    await gantry.must('run', '-d', '--name', 'base', 'host', 'sleep', '1000')
    const child = gantry.spawn(['exec', 'base', 'sh', '-c', 'echo begun; while ! test -e /tmp/go; do sleep 0.02; done; head -c 1000000 /dev/zero; echo more >&2; echo over > /tmp/over'])
    const outcome = outcomeOf(child)
    await once(child.stdout!, 'data')
    child.kill('SIGKILL')
    await outcome
    await gantry.must('exec', 'base', 'sh', '-c', 'touch /tmp/go; while ! test -s /tmp/over; do sleep 0.02; done')
    expect(await gantry.must('exec', 'base', 'cat', '/tmp/over')).toBe('over')
  })
  test('detached by its keys, a terminal is printed to without anyone there', async () => {
    const line = 'echo begun; while ! test -e /tmp/go2; do sleep 0.02; done; head -c 100000 /dev/zero; echo over > /tmp/over2'
    const outcome = await gantry.onTerminal(['exec', '-it', 'base', 'sh', '-c', line], [['begun', '\x10\x11']])
    expect(outcome.code).toBe(0)
    await gantry.must('exec', 'base', 'sh', '-c', 'touch /tmp/go2; while ! test -s /tmp/over2; do sleep 0.02; done')
    await gantry.must('rm', '-f', 'base')
  })
})

describe('on a terminal', () => {
  test('has the size of ours, and gives its exit code', async () => {
    const { code, out } = await gantry.onTerminal(['run', '-it', '--rm', 'host', 'sh'], [['#', 'stty size; echo a$((1+1))\r'], ['a2', 'exit 5\r']])
    expect(out).toContain('33 77')
    expect(code).toBe(5)
  })
  test('detaches by its keys, and is attached to again', async () => {
    const first = await gantry.onTerminal(['run', '-it', '--name', 'shell', 'host', 'sh'], [['#', 'x=kept; echo be$x\r'], ['bekept', '\x10\x11']])
    expect(first.code).toBe(0)
    expect(await gantry.must('ps', '--format', '{{.Names}} {{.State}}')).toBe('shell running')
    const second = gantry.onTerminal(['attach', '--detach-keys', 'ctrl-a,q', 'shell'], [['#', 'exit 3\r']])
    // Nothing is shown until something is typed: a shell's prompt was printed long ago.
    await gantry.must('exec', 'shell', 'sh', '-c', 'printf "#" > /proc/1/fd/1')
    expect((await second).code).toBe(3)
    await gantry.must('rm', 'shell')
  })
})
