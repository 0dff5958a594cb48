/** Copies into and out of a container that plays with its links meanwhile. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GantryError } from '../../../lib/index.js'
import { type Ground, openGround } from './ground.js'

let ground: Ground
beforeAll(async () => {
  ground = await openGround()
})
afterAll(() => ground.close())

function below(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

for (const isolation of ['sandbox', 'compat'] as const) {
  it(`250 copies with a container in ${isolation} stay in it and out of the host`, async () => {
    const canary = ground.canary()
    const outside = join(ground.base, 'canary')
    const links = [outside, `../../../../../../../..${outside}`, '/proc/1/root', '/proc/self/root', '/proc/self/cwd', `/proc/self/root${outside}`]
    const flips = links.map((link) => `ln -s ${link} /x; rm -f /x; mkdir -p /y/etc; echo own > /y/file; echo own > /y/etc/passwd; mv /y /x; rm -rf /x`)
    const container = await ground.engine.Container.run({ image: 'hostile', isolation, command: ['sh', '-c', `mv() { busybox mv "$@"; }; while :; do ${flips.join('; ')}; done`] })
    const tree = join(ground.base, `tree-${isolation}`)
    mkdirSync(join(tree, 'etc'), { recursive: true })
    for (const name of ['file', 'etc/passwd']) writeFileSync(join(tree, name), 'overwritten')
    const codes = new Map<string, number>()
    const note = async (copy: Promise<unknown>) => {
      const code = await copy.then(() => 'copied', (error: GantryError) => error.code)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    for (let round = 0; round < 50; round++) {
      const out = join(ground.base, `out-${isolation}-${round}`)
      mkdirSync(out)
      await note(container.copyTo(join(tree, 'file'), '/x/file'))
      await note(container.copyTo(join(tree, '.'), '/x'))
      await note(container.copyTo(join(tree, 'etc'), '/x/etc'))
      await note(container.copyFrom('/x/file', join(out, 'file'), { followLink: true }))
      await note(container.copyFrom('/x/etc', join(out, 'etc')))
      for (const text of below(out)) expect(['own\n', 'overwritten', '']).toContain(text)
      expect(ground.canary()).toBe(canary)
      rmSync(out, { recursive: true })
    }
    for (const code of codes.keys()) expect(code).toMatch(/^(copied|ERR_(PATH|PATH_NOT_FOUND|IO))$/)
    await container.remove({ force: true })
  }, 120_000)
}
