import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GantryError, JobError, type Line } from '../../../lib/index.js'
import { cgroupsOf, openWorkshop, processesWith, settled, type Workshop } from './busybox.js'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const codeOf = async (job: PromiseLike<unknown>): Promise<string> => {
  try {
    await job
  } catch (error) {
    return (error as GantryError).code
  }
  return 'resolved'
}

for (const isolation of ['sandbox', 'compat'] as const) {
  describe(`run() in ${isolation}`, () => {
    const run = (command: string[], options: object = {}) => shop.engine.run('busybox', command, { isolation, ...options })

    it('gives the exit code and both outputs, unstripped', async () => {
      const result = await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])
      expect(result).toMatchObject({ exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n', timedOut: false, oomKilled: false })
      expect(result.durationMs).toBeGreaterThan(0)
      expect(result.maxRssBytes).toBeGreaterThan(0)
    })

    it('gives Buffers when asked', async () => {
      const result = await shop.engine.run('busybox', ['printf', '\\377\\000x'], { isolation, encoding: 'buffer' })
      expect(result.stdout).toEqual(Buffer.from([0xff, 0, 0x78]))
    })

    it('tells the signal that ended it', async () => {
      expect(await run(['sh', '-c', 'kill -TERM $$; sleep 5'], { init: true })).toMatchObject({ exitCode: 143, signal: 'SIGTERM' })
    })

    it('has its own processes, host name, network and files', async () => {
      const { stdout } = await run(['sh', '-c', 'ps -o pid,args | wc -l; hostname; ls /sys/class/net; touch /x && echo wrote'])
      const [processes, hostname, networks, wrote] = stdout.trim().split('\n')
      expect(Number(processes)).toBeLessThan(6)
      expect(hostname).toMatch(/^[0-9a-f]{12}$/)
      expect(networks).toBe('lo')
      expect(wrote).toBe('wrote')
      expect((await run(['test', '-e', '/x'])).exitCode).toBe(1)
    })

    it('obeys env, workdir and user', async () => {
      const { stdout } = await run(['sh', '-c', 'echo "$A-$HOME"; pwd; id -u; id -g; id -G | tr " " "\n" | sort -n'], { env: { A: '1' }, workdir: '/tmp/made', user: 'user', groupAdd: ['root'] })
      expect(stdout).toBe('1-/home\n/tmp/made\n1000\n1000\n0\n1000\n2000\n')
    })

    it('takes input as text, bytes and a stream, small and large', async () => {
      expect((await run(['cat'], { input: 'abc' })).stdout).toBe('abc')
      expect((await run(['wc', '-c'], { input: Buffer.alloc(3_000_000, 'x') })).stdout.trim()).toBe('3000000')
      expect((await run(['cat'], { input: Readable.from(['one ', 'two']) })).stdout).toBe('one two')
      expect((await run(['cat'])).stdout).toBe('')
    })

    it('is not disturbed by a program that does not read its input', async () => {
      expect((await run(['true'], { input: Buffer.alloc(1_000_000) })).exitCode).toBe(0)
    })

    it('loses nothing of a large output', async () => {
      const { stdout } = await run(['sh', '-c', 'yes 0123456789abcde | head -c 20000000'])
      expect(stdout.length).toBe(20_000_000)
      expect(stdout.endsWith('0123456789abcde\n')).toBe(true)
    })

    it('is removed without a trace', async () => {
      const job = run(['sleep', '0.05'])
      const { id } = await job.started
      expect(cgroupsOf(id).length).toBeGreaterThan(0)
      await job
      for (let round = 0; round < 300 && (cgroupsOf(id).length > 0 || readdirSync(join(shop.root, 'containers')).includes(id)); round++) await pause(10)
      expect(cgroupsOf(id)).toEqual([])
      expect(readdirSync(join(shop.root, 'containers'))).not.toContain(id)
    })

    it('ends a job at its time limit, with all that it started', async () => {
      const result = await run(['sh', '-c', 'sleep 4711 & sleep 4711'], { timeout: 200 })
      expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL', exitCode: 137 })
      expect(processesWith('sleep 4711')).toEqual([])
    })

    it('is aborted by a signal, and everything in it is dead by then', async () => {
      const abort = new AbortController()
      const job = run(['sh', '-c', 'sleep 4712 & sleep 4712'], { signal: abort.signal })
      await job.started
      abort.abort(new Error('enough'))
      const error = await job.then(() => undefined, (reason: GantryError) => reason)
      expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: new Error('enough') })
      expect(processesWith('sleep 4712')).toEqual([])
    })

    it('says when there is no such command, or it cannot be executed', async () => {
      await expect(run(['nope'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' })
      await expect(run(['/bin/nope'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' })
      await expect(run(['/etc/passwd'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_EXECUTABLE' })
    })

    it('has a terminal when asked', async () => {
      const job = run(['sh', '-c', 'test -t 0 && test -t 1 && stty size'], { tty: true })
      await job.started
      const { stdout, stderr, exitCode } = await job
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(/^\d+ \d+\r\n$/)
    })

    it('writes to a terminal and reads its echo', async () => {
      const job = run(['sh', '-c', 'read line; echo "got $line"'], { tty: true, input: 'hello\n' })
      expect((await job).stdout).toContain('got hello\r\n')
    })
  })
}

describe('a job', () => {
  const run = (command: string[], options: object = {}) => shop.engine.run('busybox', command, options)

  it('gives lines while it runs', async () => {
    const lines: Line[] = []
    const job = run(['sh', '-c', 'echo one; echo two >&2; printf "three\\r\\nfour"'])
    for await (const line of job) lines.push(line)
    const texts = (stream: string) => lines.filter((line) => line.stream === stream).map((line) => line.text)
    expect(texts('stdout')).toEqual(['one', 'three', 'four'])
    expect(texts('stderr')).toEqual(['two'])
    expect((await job).stdout).toBe('one\nthree\r\nfour')
  })

  it('can be left in the middle of its lines', async () => {
    const job = run(['sh', '-c', 'echo one; cat; echo two'], { input: 'x\n' })
    for await (const line of job) {
      expect(line.text).toBe('one')
      break
    }
    expect((await job).stdout).toBe('one\nx\ntwo\n')
  })

  it('holds the program back while nobody reads, and loses nothing', async () => {
    const job = run(['sh', '-c', 'yes | head -c 3000000'])
    let bytes = 0
    const { stdout } = job
    await job.started
    await pause(50)
    for await (const chunk of stdout) bytes += (chunk as Buffer).length
    expect(bytes).toBe(3_000_000)
  })

  it('has a writable standard input when it is kept open', async () => {
    const job = run(['cat'], { stdinOpen: true })
    job.stdin!.write('a')
    job.stdin!.end('b')
    expect((await job).stdout).toBe('ab')
  })

  it('is signalled', async () => {
    const job = run(['sh', '-c', 'trap "echo caught; exit 7" USR1; echo ready; while :; do sleep 0.01; done'])
    for await (const { text } of job) {
      if (text === 'ready') break
    }
    await job.kill('SIGUSR1')
    expect(await job).toMatchObject({ exitCode: 7, stdout: 'ready\ncaught\n' })
    await job.kill()
  })

  it('is killed when it goes out of scope', async () => {
    {
      await using job = run(['sleep', '4713'])
      await job.started
    }
    expect(processesWith('sleep 4713')).toEqual([])
  })

  it('rejects with what it printed when check is set', async () => {
    const error = await run(['sh', '-c', 'echo why >&2; exit 2'], { check: true }).then(() => undefined, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(JobError)
    expect(error).toMatchObject({ code: 'ERR_EXIT_CODE', result: { exitCode: 2, stderr: 'why\n' } })
    expect((error as Error).message).toContain('why')
  })

  it('is ended when it prints too much, and not when its output is read', async () => {
    await expect(run(['yes'], { maxBuffer: 100_000 })).rejects.toMatchObject({ code: 'ERR_MAX_BUFFER', result: { signal: 'SIGKILL' } })
    const read = run(['sh', '-c', 'yes | head -c 1000000'], { maxBuffer: 100_000 })
    let bytes = 0
    for await (const chunk of read.stdout) bytes += (chunk as Buffer).length
    expect(bytes).toBe(1_000_000)
    expect((await read).stdout.length).toBe(100_000)
  })

  it('takes one object as well', async () => {
    expect((await shop.engine.run({ image: 'busybox', command: ['echo', 'x'] })).stdout).toBe('x\n')
  })

  it('refuses what makes no sense before anything is made', async () => {
    await settled(shop.runRoot)
    expect(await codeOf(shop.engine.run('no-such-image', ['true']))).toBe('ERR_IMAGE_NOT_FOUND')
    expect(await codeOf(run([]))).toBe('ERR_INVALID_OPTION')
    expect(await codeOf(run(['true'], { memroy: '1g' }))).toBe('ERR_INVALID_OPTION')
    expect(await codeOf(run(['true'], { user: 'nobody-here' }))).toBe('ERR_USER_NOT_FOUND')
    expect(await codeOf(run(['true'], { mounts: [{ type: 'bind', source: '/no/such', target: '/x' }] }))).toBe('ERR_MOUNT')
    expect(await codeOf(run(['true'], { network: 'container:nope' }))).toBe('ERR_CONTAINER_NOT_FOUND')
    expect(await codeOf(run(['true'], { signal: AbortSignal.abort() }))).toBe('ERR_ABORTED')
    expect(readdirSync(join(shop.root, 'containers'))).toEqual([])
  })

  it('bounds memory, and says that this was why', async () => {
    const result = await run(['sh', '-c', 'x=$(yes | head -c 100000000); echo survived'], { memory: '32m' })
    expect(result.stdout).toBe('')
    expect(result.exitCode).not.toBe(0)
  })

  it('bounds what is written', async () => {
    const result = await run(['sh', '-c', 'dd if=/dev/zero of=/big bs=1M count=64'], { diskSize: '16m' })
    expect(result.exitCode).not.toBe(0)
    expect(result.stderr).toContain('No space left')
  })

  it('runs many at once', async () => {
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => run(['echo', String(i)])))
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}\n`))
  })
})
