/** What the pages say of lists that are in the code, and their links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allCommands } from '../../../lib/cli/registry.js'
import { compatCapabilities, sandboxCapabilities } from '../../../lib/container/spec/capabilities.js'
import { maskedPaths, readonlyPaths } from '../../../lib/container/spec/protection.js'
import { containerSpecSchema, errorCodes } from '../../../lib/index.js'

const repository = join(import.meta.dirname, '../../..')
const pages = [
  'README.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const read = (page: string) => readFileSync(join(repository, page), 'utf8')
/** What a page has between backquotes. */
const quoted = (text: string) => new Set(Array.from(text.matchAll(/`([^`\n]+)`/g), ([, word]) => word))

describe('docs', () => {
  it('errors.md has every code with its text, in the order of the table', () => {
    const rows = Array.from(read('docs/errors.md').matchAll(/^\| `(ERR_\w+)` \| (.*) \|$/gm), ([, code, text]) => [
      code,
      text,
    ])
    expect(rows).toEqual(Object.entries(errorCodes))
  })

  it('cli.md names every command', () => {
    const named = quoted(read('docs/cli.md'))
    const missing = allCommands()
      .map(({ names, later }) => (later ? names[0]!.split(' ')[0]! : names[0]!))
      .filter((name) => !named.has(name))
    expect(missing).toEqual([])
  })

  it('containers.md names every option', () => {
    const text = read('docs/containers.md')
    const named = quoted(text.slice(text.indexOf('## All options')))
    expect(Object.keys(containerSpecSchema.shape).filter((name) => !named.has(name))).toEqual([])
  })

  it('isolation.md names the capabilities and the paths that are hidden or read-only', () => {
    const text = read('docs/isolation.md')
    const named = quoted(text)
    const wanted = [...sandboxCapabilities, ...compatCapabilities].map((name) => name.slice('CAP_'.length))
    const paths = [...maskedPaths().filter((path) => !path.endsWith('/thermal_throttle')), ...readonlyPaths]
    expect([...wanted, ...paths].filter((name) => !named.has(name))).toEqual([])
    const row = /^\| Capabilities \| (.*?) \|/m.exec(text)![1]!
    expect([...quoted(row)].map((name) => `CAP_${name}`).sort()).toEqual([...sandboxCapabilities].sort())
  })

  it.each(pages)('%s links to what there is', (page) => {
    const targets = Array.from(read(page).matchAll(/\]\(([^)]+)\)/g), ([, target]) => target!).filter(
      (target) => !/^https?:/.test(target),
    )
    for (const target of targets) {
      const [path, heading] = target.split('#') as [string, string?]
      const file = path === '' ? page : join(dirname(page), path)
      expect(existsSync(join(repository, file)), `${page}: ${target}`).toBe(true)
      if (heading === undefined) continue
      const headings = Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, text]) =>
        text!
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(headings, `${page}: ${target}`).toContain(heading)
    }
  })
})
