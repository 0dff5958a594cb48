/** The command, with the same programs. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Debian, freePort, image } from './debian.js'

const bin = fileURLToPath(new URL('../../../bin/gantry.js', import.meta.url))

export function command(debian: () => Debian): void {
  const gantry = (...argv: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [bin, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, ...debian().environment },
      timeout: 30_000,
    })
  const must = (...argv: string[]): string => {
    const { status, stdout, stderr } = gantry(...argv)
    if (status !== 0) throw new Error(`gantry ${argv.join(' ')} gave ${status}: ${stderr}`)
    return stdout
  }

  describe('the command', () => {
    it('runs a job to its end', () => {
      const { status, stdout, stderr } = gantry(
        'run',
        '--rm',
        image,
        'sh',
        '-c',
        'echo "$((6 * 7))"; echo oops >&2; exit 3',
      )
      expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: '42\n', stderr: 'oops\n' })
    })

    it('keeps a server, looks into it, and takes it away', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'gantry-programs-'))
      const port = await freePort()
      try {
        writeFileSync(join(directory, 'page.html'), '<p>copied</p>')
        must(
          'run',
          '-d',
          '--name',
          'web',
          '--network',
          'host',
          image,
          'sh',
          '-c',
          `sed -i 's/listen 80 default_server/listen ${port} default_server/;/\\[::\\]/d' /etc/nginx/sites-enabled/default; echo starting; exec nginx -g 'daemon off;'`,
        )
        must('cp', join(directory, 'page.html'), 'web:/var/www/html/')
        await expect
          .poll(
            () =>
              fetch(`http://127.0.0.1:${port}/page.html`).then(
                (response) => response.text(),
                () => '',
              ),
            { timeout: 10_000 },
          )
          .toBe('<p>copied</p>')
        must('cp', 'web:/etc/nginx/nginx.conf', join(directory, 'taken'))
        expect(readFileSync(join(directory, 'taken'), 'utf8')).toContain('worker_processes')
        expect(must('ps', '--format', '{{.Names}} {{.Image}} {{.State}}')).toBe(`web ${image} running\n`)
        expect(must('exec', '-u', 'www-data', 'web', 'id', '-un')).toBe('www-data\n')
        expect(gantry('exec', 'web', 'sh', '-c', 'exit 9').status).toBe(9)
        expect(must('logs', 'web')).toBe('starting\n')
        expect(must('stats', '--no-stream', '--format', '{{.Name}} {{.NetIO}} {{.PIDs}}', 'web')).toMatch(
          /^web 0B \/ 0B [2-9]\d*\n$/,
        )
        expect(must('top', 'web')).toContain('nginx: master process')
        must('stop', 'web')
        expect(must('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'web')).toBe('exited 0\n')
        must('rm', 'web')
        expect(must('ps', '-aq')).toBe('')
      } finally {
        rmSync(directory, { recursive: true })
      }
    })
  })
}
