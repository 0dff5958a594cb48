import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyFrom, copyTo, type FilesTarget, readArchive } from '../../../lib/container/files/index.js'

let top: string
let precious: string
let out: string
let hostile: ChildProcess
let target: FilesTarget

/** Flips `x` between a directory and links that lead out of the root, as fast as it can. */
function flipper(outside: string): string {
  const links = [outside, `../../../../../../../..${outside}`, '/proc/1/root', '/proc/self/root', '/proc/self/cwd']
  const steps = links.map(
    (link) =>
      `rm -rf /x; ln -s ${link} /x; rm -rf /y; mkdir -p /y/sub; echo own > /y/sub/secret; mv /y /z; rm -f /x; mv /z /x`,
  )
  return `while :; do ${steps.join('; ')}; done`
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'gantry-games-'))
  const root = join(top, 'root')
  precious = join(top, 'precious')
  out = join(top, 'out')
  for (const path of [root, join(root, 'bin'), join(root, 'proc'), precious, join(precious, 'sub'), out])
    mkdirSync(path)
  writeFileSync(join(precious, 'sub/secret'), 'secret of the host')
  copyFileSync(execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim(), join(root, 'bin/busybox'))
  execFileSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin'])
  // A root of its own with the host's proc: worse than any container.
  const script = `mount -t proc proc ${root}/proc && exec chroot ${root} /bin/sh -c '${flipper(precious)}'`
  hostile = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: 'ignore' })
  target = { id: '0'.repeat(64), name: 'hostile', pid: hostile.pid!, layers: [], upper: '', work: '' }
})

afterAll(() => {
  hostile.kill('SIGKILL')
  rmSync(top, { recursive: true, force: true })
})

const hostUntouched = (): void => {
  expect(readdirSync(precious)).toEqual(['sub'])
  expect(readdirSync(join(precious, 'sub'))).toEqual(['secret'])
  expect(readFileSync(join(precious, 'sub/secret'), 'utf8')).toBe('secret of the host')
}

const outcome = async (copy: Promise<void>): Promise<string> => {
  try {
    await copy
    return 'copied'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('500 copies into and out of a container that flips links reach nothing of the host', async () => {
  // Not before it is in its root: until then its root is the host's.
  await expect.poll(() => readlinkSync(`/proc/${hostile.pid}/root`)).toBe(join(top, 'root'))
  await expect.poll(() => readdirSync(join(top, 'root'))).toContain('x')
  const tree = join(top, 'tree')
  mkdirSync(join(tree, 'sub'), { recursive: true })
  writeFileSync(join(tree, 'sub/secret'), 'overwritten')
  const outcomes = new Map<string, number>()
  const descriptors = readdirSync('/proc/self/fd').length
  const archiveIsOwn = async (): Promise<void> => {
    const archive = await buffer(readArchive(target, '/x/sub'))
    expect(archive.includes('secret of the host')).toBe(false)
  }
  for (let round = 0; round < 100; round++) {
    const fresh = join(out, String(round))
    mkdirSync(fresh)
    const codes = [
      await outcome(copyTo(target, '/x/sub/secret', { content: 'overwritten' })),
      await outcome(copyTo(target, '/x', { path: `${tree}/.` })),
      await outcome(copyFrom(target, '/x/sub/secret', join(fresh, 'file'), { followLink: true })),
      await outcome(copyFrom(target, '/x/.', join(fresh, 'x'))),
      await outcome(archiveIsOwn()),
    ]
    for (const code of codes) outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    const stolen = execFileSync('sh', ['-c', `grep -rlsI --devices=skip 'secret of the host' ${fresh} || true`], {
      encoding: 'utf8',
    })
    expect(stolen).toBe('')
    hostUntouched()
    rmSync(fresh, { recursive: true, force: true })
  }
  expect(outcomes.get('copied')).toBeGreaterThan(0)
  // It did flip meanwhile.
  expect(outcomes.size).toBeGreaterThan(1)
  for (const code of outcomes.keys())
    expect(['copied', 'ERR_PATH_NOT_FOUND', 'ERR_PATH', 'ERR_IO', 'ERR_IMAGE_INVALID']).toContain(code)
  expect(readdirSync('/proc/self/fd').length).toBe(descriptors)
  expect(statSync(precious).isDirectory()).toBe(true)
}, 240_000)
