/** An engine with images that hold a hostile program, and a canary on the host that nobody may touch. */
import { execFileSync } from 'node:child_process'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyboxRoot, openWorkshop, type Workshop } from '../container/busybox.js'

export interface Ground extends Workshop {
  /** A directory of the host's. */ base: string
  /** Imports a busybox root with the hostile program, after `change` has had its way with it. */
  image(name: string, change?: (root: string) => void): Promise<void>
  /** Lines of `attacker <what>` as a map from all but the last word to the last. */
  attack(what: string, options?: object): Promise<Map<string, string>>
  /** What the canary looks like: every name, kind, owner, mode and content. */
  canary(): string
}

export async function openGround(): Promise<Ground> {
  const shop = await openWorkshop()
  const base = mkdtempSync(join(tmpdir(), 'gantry-security-'))
  const program = join(base, 'attacker')
  execFileSync('gcc', ['-static', '-O1', '-o', program, join(import.meta.dirname, 'attacker.c')])
  mkdirSync(join(base, 'canary/etc'), { recursive: true })
  writeFileSync(join(base, 'canary/etc/passwd'), 'root:x:0:0::/:/bin/sh\ncanary:x:4242:4242::/:/bin/sh\n')
  writeFileSync(join(base, 'canary/file'), 'of the host')
  let images = 0
  const ground: Ground = {
    ...shop,
    base,
    async image(name, change) {
      const root = join(base, `root-${images++}`)
      busyboxRoot(root)
      writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n')
      cpSync(program, join(root, 'attacker'))
      change?.(root)
      await shop.engine.Image.import(root, { name })
    },
    async attack(what, options) {
      const { stdout } = await shop.engine.run('hostile', ['/attacker', what], options)
      return new Map(stdout.trim().split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
    },
    canary: () => describe(join(base, 'canary')).join('\n'),
    async close() {
      await shop.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
  await ground.image('hostile')
  return ground
}

function describe(path: string): string[] {
  const { mode, uid, gid, rdev, mtimeMs } = lstatSync(path)
  const line = `${path} ${mode.toString(8)} ${uid}:${gid} ${rdev} ${mtimeMs}`
  if ((mode & 0o170000) === 0o040000) return [line, ...readdirSync(path).sort().flatMap((name) => describe(join(path, name)))]
  return [`${line} ${(mode & 0o170000) === 0o120000 ? readlinkSync(path) : readFileSync(path, 'utf8')}`]
}
