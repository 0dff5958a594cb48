/** Every file of examples/, run as a user runs it, against what was built. */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cgroupLayout } from '../../lib/launch/index.js'

const repository = join(import.meta.dirname, '../..')

/** A line that each of them must print. */
const meaningful: Record<string, RegExp> = {
  'events-stats.js': /^\S+Z container die busy 137$/m,
  'exec-attach.js': /^attach: you said: hello \(missed 0 bytes\)$/m,
  'files.js': /^A \/data\/loud\.txt$/m,
  'import-rootfs.js': /^changed: +good evening from \/srv$/m,
  'limits.js': /^memory 64m: +oomKilled true exit code 137$/m,
  'parallel-jobs.js': /^100 jobs, .* the sum of the squares is 338350$/m,
  'quickstart.js': /^ +✓ nothing is left behind$/m,
  'sandboxed-job.js': /^stdout: +Hello, Ada\. I am user 0 here, and nobody on the host\.$/m,
  'service.js': /^again: +running, healthy, restarts: 1$/m,
  'streaming-output.js': /^streamed 50000000 bytes, sha256 [0-9a-f]{16}; kept 1024$/m,
  'timeout-abort.js': /^abort: ERR_ABORTED because the user has left$/m,
}

const files = readdirSync(join(repository, 'examples')).filter((name) => name.endsWith('.js'))

interface Ended {
  code: number | string | null
  stdout: string
  stderr: string
}

function runNode(argv: readonly string[], environment: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd: repository,
      env: { ...process.env, NO_COLOR: '1', ...environment },
      timeout: 110_000,
      killSignal: 'SIGKILL',
    } as const
    execFile(process.execPath, argv, options, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? String(error.signal)) : 0, stdout, stderr }),
    )
  })
}

/** The cgroups of containers, of all engines of this machine. */
function containerCgroups(): Set<string> {
  const { unified, legacy } = cgroupLayout()
  const trees = [...new Set([...legacy.values(), ...(unified === undefined ? [] : [unified])])].map((mount) =>
    join(mount, 'gantry'),
  )
  return new Set(
    trees
      .filter((tree) => existsSync(tree))
      .flatMap((tree) =>
        readdirSync(tree)
          .filter((name) => /^[0-9a-f]{64}$/.test(name))
          .map((name) => join(tree, name)),
      ),
  )
}

/** What the monitors of this machine hold open: the run directories of their containers. */
function heldByMonitors(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('gantry-monitor\0')) return []
        return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      } catch {
        return [] // It ended while it was looked at.
      }
    })
}

/** What an example that has ended left: a job's teardown may still be on its way, so it is looked for again for a while. Tests of others run beside this one. */
async function leftBehind(place: string, before: ReadonlySet<string>): Promise<string[]> {
  for (let round = 0; ; round++) {
    const held = heldByMonitors()
    const ofOthers = (cgroup: string) =>
      held.some((path) => path.includes(cgroup.slice(-64)) && !path.startsWith(place))
    const left = [
      ...held.filter((path) => path.startsWith(place)).map((path) => `a monitor that holds ${path}`),
      ...[...containerCgroups()].filter((path) => !before.has(path) && !ofOthers(path)),
      ...readdirSync(place).map((name) => join(place, name)),
      ...readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(place)),
    ]
    if (left.length === 0 || round === 100) return left
    await pause(100)
  }
}

describe('examples', () => {
  it('are all tested', () => {
    expect(existsSync(join(repository, 'dist/index.js')), 'examples run what was built: npm run build').toBe(true)
    expect(files.sort()).toEqual(Object.keys(meaningful).sort())
  })

  it.each(files)(
    '%s runs, prints what it says, and leaves nothing behind',
    async (name) => {
      const place = mkdtempSync(join(tmpdir(), 'gantry-examples-'))
      const before = containerCgroups()
      try {
        const { code, stdout, stderr } = await runNode([join('examples', name)], { TMPDIR: place })
        expect(stderr).toBe('')
        expect(stdout).toMatch(meaningful[name]!)
        expect(code).toBe(0)
        expect(await leftBehind(place, before)).toEqual([])
      } finally {
        rmSync(place, { recursive: true, force: true })
      }
    },
    180_000,
  )

  it('begin with what they show and how they are run', () => {
    for (const name of files) {
      const [first, second] = readFileSync(join(repository, 'examples', name), 'utf8').split('\n')
      expect(first, name).toMatch(/^\/\/ \S.*\.$/)
      expect(second, name).toMatch(
        name === 'quickstart.js'
          ? /^\/\/ Run it with: npm start/
          : new RegExp(`^// Run it with: node examples/${name.replace('.', '\\.')}$`),
      )
    }
  })

  it('quickstart.js says at once what it lacks, and leaves nothing behind', async () => {
    const place = mkdtempSync(join(tmpdir(), 'gantry-examples-'))
    try {
      // The repository may lie where only root can look.
      cpSync(join(repository, 'examples'), join(place, 'examples'), { recursive: true })
      chmodSync(place, 0o755)
      const asNobody = `process.setgroups([]); process.setgid(65534); process.setuid(65534); await import(${JSON.stringify(join(place, 'examples/quickstart.js'))})`
      const { code, stdout, stderr } = await runNode(['--input-type=module', '--eval', asNobody], { TMPDIR: place })
      expect(stderr).toBe('Gantry cannot run here: this version needs root.\n  Run it with sudo, or in a root shell.\n')
      expect([code, stdout]).toEqual([1, ''])
      expect(readdirSync(place)).toEqual(['examples'])
    } finally {
      rmSync(place, { recursive: true, force: true })
    }
  })
})
