/** Gantry on Debian 12's kernel (6.1) with cgroup v2 alone, in a virtual machine that is booted for it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { boot, buildDisk, fetchKernel } from './machine.js'

const prefix = 'gantry-vm '
const shown: string[] = []
const results = new Map<string, { value?: unknown; error?: string; stack?: string }>()

beforeAll(async () => {
  const kernel = fetchKernel()
  const directory = mkdtempSync(join(tmpdir(), 'gantry-vm-disk-'))
  try {
    const disk = buildDisk(directory, kernel, join(import.meta.dirname, 'inside.mjs'))
    await boot(kernel, disk, 400, (line) => {
      shown.push(line)
      // The firmware leaves control characters on the first line.
      const at = line.indexOf(`${prefix}{`)
      if (at < 0) return
      const { name, ...result } = JSON.parse(line.slice(at + prefix.length)) as { name: string }
      results.set(name, result)
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
  if (!shown.some((line) => line.endsWith(`${prefix}exit 0`)))
    throw new Error(`the program in the machine did not end well:\n${shown.slice(-40).join('\n')}`)
}, 500_000)

function result(name: string): unknown {
  const found = results.get(name)
  if (found === undefined) throw new Error(`no word of "${name}":\n${shown.join('\n')}`)
  if (found.error !== undefined) throw new Error(`in the machine: ${found.stack ?? found.error}`)
  return found.value
}

describe('the machine', () => {
  it('has the kernel of Debian 12 or newer and cgroup v2 alone', () => {
    expect(result('kernel')).toMatch(/^\d+\.\d+.*cloud-amd64$/)
    expect(result('cgroups')).toEqual([expect.stringMatching(/^cgroup2 \/sys\/fs\/cgroup cgroup2 /)])
  })

  it('imports an image', () => expect(result('import')).toEqual(['base:latest']))
})

describe.each(['compat', 'sandbox'])('run() in %s', (isolation) => {
  it('runs over an overlay, in a cgroup namespace', () => {
    expect(result(`${isolation} run`)).toEqual({
      exitCode: 3,
      signal: null,
      stdout: '0\nwritten\n0::/\n0:0\n',
      stderr: 'err\n',
      oomKilled: false,
      timedOut: false,
    })
  })

  it('keeps a writable layer in memory, of a size', () => {
    expect(result(`${isolation} disk size`)).toMatchObject({ exitCode: 0, stdout: `${8 << 20}\n` })
  })

  it('kills what needs too much memory', () =>
    expect(result(`${isolation} memory`)).toMatchObject({ exitCode: 137, oomKilled: true }))

  it('bounds the processes', () => {
    expect(result(`${isolation} pids`)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining("can't fork"),
    })
  })

  it('bounds the time', () =>
    expect(result(`${isolation} timeout`)).toMatchObject({ timedOut: true, signal: 'SIGKILL' }))
})

describe('devices', () => {
  // CAP_MKNOD is compat's: the device program is what stands between the node and the machine.
  it('are refused by the device program', () => {
    expect(result('compat devices')).toMatchObject({
      exitCode: 0,
      stdout: 'zzz',
      stderr: 'head: /tmp/k: Operation not permitted\n',
    })
  })

  it('cannot be made in a sandbox', () => {
    expect(result('sandbox devices')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^(mknod: \S+: Operation not permitted\n){2}$/),
    })
  })
})

describe('containers', () => {
  it('have the limits that were asked for, in their own cgroup', () => {
    expect(result('compat limits')).toMatchObject({ stdout: '67108864\n9\n50000 100000\n' })
  })

  it('are measured, paused, entered, changed and stopped', () => {
    expect(result('container')).toEqual({
      used: true,
      throttled: true,
      limit: 64 << 20,
      pids: 1,
      paused: 'paused',
      still: true,
      updated: `${32 << 20}\n7\n`,
      status: 'exited',
      exitCode: 137,
      execed: expect.objectContaining({ exitCode: 0, stdout: '0::/\ncgroup.controllers\n' }),
    })
  })

  it('are restarted as their policy says', () => expect(result('restart')).toEqual({ restartCount: 2, exitCode: 4 }))

  it('of a process end with it, also after kill -9', () => expect(result('owner killed')).toBe(''))

  it.each(['compat', 'sandbox'])('give and take files in %s, running and stopped', (isolation) => {
    const seen = { diff: expect.arrayContaining(['A /made', 'A /tmp/passwd']), made: true }
    expect(result(`${isolation} files`)).toEqual({ live: seen, stopped: seen })
  })

  it('run the machine itself as an image', () => expect(result('host image')).toMatchObject({ exitCode: 0 }))

  it('leave nothing behind', () =>
    expect(result('left over')).toEqual({ containers: [], state: [], cgroups: [], mounts: [] }))
})
