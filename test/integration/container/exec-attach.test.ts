import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Container } from '../../../lib/index.js'
import { openWorkshop, processesWith, type Workshop } from './busybox.js'

let shop: Workshop
let container: Container
beforeAll(async () => {
  shop = await openWorkshop()
  container = await shop.engine.Container.run({ image: 'busybox', command: ['sleep', '1000'], env: { OF: 'container' } })
})
afterAll(() => shop.close())

describe('exec', () => {
  it('runs in the container, with its environment and its processes', async () => {
    const result = await container.exec(['sh', '-c', 'echo "$OF $MORE"; ps -o args; echo err >&2; exit 9'], { env: { MORE: 'yes' } })
    expect(result).toMatchObject({ exitCode: 9, signal: null, stderr: 'err\n' })
    expect(result.stdout).toContain('container yes\n')
    expect(result.stdout).toContain('sleep 1000')
  })

  it('says what it took', async () => {
    const { cpu, maxRssBytes } = await container.exec(['sh', '-c', 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'])
    expect(cpu.userMs + cpu.systemMs).toBeGreaterThan(1)
    expect(maxRssBytes).toBeGreaterThan(65_536)
    expect(maxRssBytes).toBeLessThan(1e9)
  })

  it('obeys user, workdir and input', async () => {
    expect((await container.exec(['sh', '-c', 'id -u; pwd; cat'], { user: 'user', workdir: '/tmp', input: 'in' })).stdout).toBe('1000\n/tmp\nin')
    await expect(container.exec(['true'], { user: 'nobody-here' })).rejects.toMatchObject({ code: 'ERR_USER_NOT_FOUND' })
  })

  it('knows users that were added while it ran', async () => {
    await container.exec(['sh', '-c', 'echo late:x:77:77::/:/bin/sh >> /etc/passwd'], { check: true })
    expect((await container.exec(['id', '-u'], { user: 'late' })).stdout).toBe('77\n')
  })

  it('says when there is no such command', async () => {
    await expect(container.exec(['nope'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' })
    await expect(container.exec(['/etc/passwd'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_EXECUTABLE' })
    await expect(container.exec([])).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(container.exec(['true'], { colour: 1 } as never)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('loses nothing of a large output', async () => {
    const { stdout } = await container.exec(['sh', '-c', 'yes | head -c 5000000'])
    expect(stdout.length).toBe(5_000_000)
  })

  it('gives lines, and is killed', async () => {
    const job = container.exec(['sh', '-c', 'echo one; sleep 4721'])
    for await (const { text } of job) {
      expect(text).toBe('one')
      await job.kill()
    }
    expect(await job).toMatchObject({ signal: 'SIGKILL', exitCode: 137 })
    expect(processesWith('sleep 4721').length).toBeLessThan(2)
  })

  it('is ended by its time limit and by a signal', async () => {
    expect(await container.exec(['sleep', '4722'], { timeout: 100 })).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
    const abort = new AbortController()
    const job = container.exec(['sleep', '4723'], { signal: abort.signal })
    await job.started
    abort.abort()
    await expect(job).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(processesWith('sleep 4722')).toEqual([])
    expect(processesWith('sleep 4723')).toEqual([])
  })

  it('has a terminal whose window can be changed', async () => {
    const job = container.exec(['sh', '-c', 'stty size; read x; stty size; echo "x=$x"'], { tty: true, stdinOpen: true })
    const output: string[] = []
    job.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()))
    while (!output.join('').includes('\n')) await pause(5)
    await job.resize({ rows: 33, columns: 101 })
    job.stdin!.write('typed\n')
    expect((await job).exitCode).toBe(0)
    expect(output.join('')).toBe('24 80\r\ntyped\r\n33 101\r\nx=typed\r\n')
  })

  it('is left running when it is detached', async () => {
    const job = container.exec(['sh', '-c', 'echo lost; sleep 0.1; echo done > /tmp/detached'], { detach: true })
    await job.started
    expect((await container.exec(['test', '-e', '/tmp/detached'])).exitCode).toBe(1)
    expect(await job).toMatchObject({ exitCode: 0, stdout: '' })
    expect((await container.exec(['cat', '/tmp/detached'])).stdout).toBe('done\n')
  })

  it('refuses to be detached and tied to this process at once', async () => {
    await expect(container.exec(['true'], { detach: true, lifetime: 'process' })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('runs many at once', async () => {
    const results = await Promise.all(Array.from({ length: 30 }, (_, i) => container.exec(['echo', String(i)])))
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`))
  })

  it('needs a container that runs', async () => {
    const idle = await shop.engine.Container.create({ image: 'busybox', command: ['true'] })
    await expect(idle.exec(['true'])).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
    await idle.remove()
    await expect(idle.exec(['true'])).rejects.toMatchObject({ code: 'ERR_CONTAINER_NOT_FOUND' })
  })
})

describe('attach', () => {
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    let text = ''
    for await (const chunk of stream) text += chunk.toString()
    return text
  }

  it('sees everything of a container that is started afterwards, and writes to it', async () => {
    const cat = await shop.engine.Container.create({ image: 'busybox', command: ['sh', '-c', 'echo first; echo err >&2; cat; echo last'], stdinOpen: true })
    const attachment = await cat.attach()
    const [stdout, stderr] = [read(attachment.stdout), read(attachment.stderr)]
    await cat.start()
    attachment.stdin!.write('typed\n')
    attachment.stdin!.end()
    expect(await stdout).toBe('first\ntyped\nlast\n')
    expect(await stderr).toBe('err\n')
    expect(await cat.wait()).toEqual({ exitCode: 0 })
    await cat.remove()
  })

  it('can be left without a trace in the container', async () => {
    const loop = await shop.engine.Container.run({ image: 'busybox', command: ['sh', '-c', 'while :; do echo tick; sleep 0.01; done'] })
    const attachment = await loop.attach()
    for await (const chunk of attachment.stdout) {
      expect(String(chunk)).toContain('tick')
      break
    }
    attachment.detach()
    attachment.detach()
    expect((await loop.inspect()).status).toBe('running')
    await loop.remove({ force: true })
  })

  it('never holds the container back, and counts what was missed', async () => {
    const flood = await shop.engine.Container.create({ image: 'busybox', command: ['sh', '-c', 'yes | head -c 30000000; echo END'], log: { driver: 'none' } })
    const attachment = await flood.attach()
    attachment.stdout.once('readable', () => {})
    await flood.start()
    expect(await flood.wait()).toEqual({ exitCode: 0 })
    let bytes = 0
    for await (const chunk of attachment.stdout) bytes += (chunk as Buffer).length
    expect(bytes + attachment.missedBytes).toBe(30_000_004)
    await flood.remove()
  })

  it('lets the container wait for it when it is to lose nothing', async () => {
    const flood = await shop.engine.Container.create({ image: 'busybox', command: ['sh', '-c', 'yes | head -c 30000000; echo END'], log: { driver: 'none' } })
    const attachment = await flood.attach({ lossless: true, stderr: false })
    await flood.start()
    let bytes = 0
    for await (const chunk of attachment.stdout) {
      if (bytes % 1_000_000 < (chunk as Buffer).length) await pause(5)
      bytes += (chunk as Buffer).length
    }
    expect([bytes, attachment.missedBytes]).toEqual([30_000_004, 0])
    await flood.wait()
    await flood.remove()
  })

  it('carries a terminal', async () => {
    const shell = await shop.engine.Container.create({ image: 'busybox', command: ['sh', '-c', 'read x; stty size; echo "<$x>"'], tty: true, stdinOpen: true })
    const attachment = await shell.attach()
    const output = read(attachment.stdout)
    await shell.start()
    await attachment.resize({ rows: 20, columns: 60 })
    attachment.stdin!.write('hi\n')
    expect(await output).toBe('hi\r\n20 60\r\n<hi>\r\n')
    await shell.remove({ force: true })
  })

  it('needs an open standard input to write', async () => {
    await expect(container.attach({ stdin: true })).rejects.toMatchObject({ code: 'ERR_CONTAINER_STATE' })
  })
})
