/** Programs that want a terminal. */
import { describe, expect, it } from 'vitest'
import type { RunOptions } from '../../../lib/index.js'
import { type Debian, image } from './debian.js'

export function terminal(debian: () => Debian): void {
  /** A program on a terminal, and what it has shown so far. */
  const open = async (command: string[], options: RunOptions = {}) => {
    const job = debian().engine.run(image, command, {
      tty: true,
      stdinOpen: true,
      env: { TERM: 'xterm' },
      timeout: '40s',
      ...options,
    })
    let shown = ''
    job.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    await job.started
    return {
      job,
      /** Types, and waits for what the program shows then. */
      async say(text: string, expected: string | RegExp) {
        shown = ''
        job.stdin!.write(text)
        await expect.poll(() => shown, { timeout: 15_000 }).toMatch(expected)
      },
    }
  }

  describe('a terminal', () => {
    it('bash is interactive: sizes, jobs, ^C, ^Z, ^D', async () => {
      const { job, say } = await open(['bash', '--norc', '-i'], { isolation: 'compat' })
      await say('', /bash-.*# /)
      await say('tty; stty size\n', '/dev/pts/0\r\n24 80\r\n')
      await job.resize({ rows: 40, columns: 120 })
      await say('stty size; echo $COLUMNS\n', '40 120\r\n120\r\n')
      await say('sleep 1000\n', 'sleep 1000\r\n')
      await say('\x03', /\^C[\s\S]*# /)
      await say('echo code $?\n', 'code 130\r\n')
      await say('sleep 1000\n', 'sleep 1000\r\n')
      await say('\x1a', 'Stopped')
      await say('kill %1; wait; echo reaped\n', /\nreaped\r\n/)
      await say('cat\n', 'cat\r\n')
      await say('typed\n', 'typed\r\n')
      await say('\x04', '# ')
      job.stdin!.write('exit 5\n')
      expect((await job).exitCode).toBe(5)
    })

    it('top fills its window, and a smaller one after a resize', async () => {
      const { job, say } = await open(['top', '-d', '0.2'])
      await say('', 'PID USER')
      await job.resize({ rows: 9, columns: 50 })
      // The last line of a window of nine: top goes there and clears it.
      await say('', '\x1b[9;1H')
      job.stdin!.write('q')
      expect((await job).exitCode).toBe(0)
    })

    it('of an exec has a window of its own', async () => {
      await using container = await debian().engine.Container.run({ image, command: ['sleep', 'infinity'], init: true })
      const job = container.exec(['bash', '--norc', '-c', 'stty size; read line; stty size; echo "$line"; exit 3'], {
        tty: true,
        stdinOpen: true,
      })
      let shown = ''
      job.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
      await expect.poll(() => shown).toContain('24 80\r\n')
      await job.resize({ rows: 11, columns: 22 })
      job.stdin!.write('done\n')
      expect((await job).exitCode).toBe(3)
      expect(shown).toBe('24 80\r\ndone\r\n11 22\r\ndone\r\n')
    })
  })
}
