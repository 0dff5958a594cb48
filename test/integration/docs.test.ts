/** Every example of the README and the pages, run as it is written, against what was built. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from '../../lib/index.js'
import { settled } from './container/busybox.js'

const repository = join(import.meta.dirname, '../..')
const pages = [
  'README.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const snippets = pages.flatMap((page) => {
  const text = readFileSync(join(repository, page), 'utf8')
  return Array.from(
    text.matchAll(/^```js\n([\s\S]*?)^```$/gm),
    ([, code], index) => [`${page} ${index + 1}`, code!] as const,
  )
})

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'gantry-docs-'))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

function evaluate(code: string): Promise<{ code: unknown; stderr: string }> {
  const env = { ...process.env, GANTRY_ROOT: join(home, 'root'), GANTRY_RUN_ROOT: join(home, 'run') }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', code],
      { cwd: repository, env, timeout: 50_000, killSignal: 'SIGKILL' },
      (error, _, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stderr }),
    )
  })
}

describe('docs', () => {
  it('have examples', () => expect(snippets.length).toBeGreaterThan(15))

  it.each(snippets)('%s runs as it is written and leaves no container', async (_, code) => {
    expect(await evaluate(code)).toEqual({ code: 0, stderr: '' })
    const engine = await Engine.open({ root: join(home, 'root'), runRoot: join(home, 'run') })
    await settled(engine.runRoot)
    expect((await engine.Container.list({ all: true })).map(({ name }) => name)).toEqual([])
    await engine.close()
  })
})
