import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { boundAttributes, formatEvent, longestLine, parseEvent } from '../../../lib/store/journal/event.js'
import { Journal } from '../../../lib/store/journal/journal.js'
import { scratch } from './scratch.js'

const die = (id: string, attributes: Record<string, string> = {}, timeNs?: bigint) => ({ type: 'container', action: 'die', id, attributes, timeNs })

describe('what is written is read', () => {
  test('events come back in their order with their times', () => {
    using directory = scratch()
    const journal = new Journal(directory.path)
    expect(journal.read()).toEqual([])
    for (let index = 0; index < 5; index++) expect(journal.append(die(`id${index}`, { exitCode: String(index) }))).toBe(true)
    const events = journal.read()
    expect(events.map((event) => [event.id, event.attributes.exitCode])).toEqual([0, 1, 2, 3, 4].map((index) => [`id${index}`, String(index)]))
    expect(events[0]!.time).toBeInstanceOf(Date)
    expect(events.every((event, index) => index === 0 || event.timeNs >= events[index - 1]!.timeNs)).toBe(true)
    expect(statSync(journal.path).mode & 0o777).toBe(0o600)
  })

  test('since and until take what docker takes', () => {
    using directory = scratch()
    const journal = new Journal(directory.path)
    for (const seconds of [100, 200, 300]) journal.append(die(`at${seconds}`, {}, BigInt(seconds) * 1_000_000_000n))
    expect(journal.read({ since: 200 }).map((event) => event.id)).toEqual(['at200', 'at300'])
    expect(journal.read({ since: '1970-01-01T00:01:41Z', until: '200' }).map((event) => event.id)).toEqual(['at200'])
    expect(() => journal.read({ since: 'x' })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  test('torn, foreign and endless lines are skipped, and what follows a torn one is found', () => {
    using directory = scratch()
    const journal = new Journal(directory.path)
    journal.append(die('one'))
    appendFileSync(journal.path, '{"timeNs":"12","type":"conta')
    journal.append(die('two'))
    appendFileSync(journal.path, `not json\n{"a":1}\n{"timeNs":"x","type":"c","action":"a","id":"i"}\n\n[]\nnull\n${'x'.repeat(longestLine * 3)}\n`)
    journal.append(die('three'))
    appendFileSync(journal.path, '{"timeNs":"99","type":"container","action":"die","id":"unfinished","attributes":{}}')
    expect(journal.read().map((event) => event.id)).toEqual(['one', 'two', 'three'])
  })

  test('a label called __proto__ is only a label', () => {
    const event = parseEvent('{"timeNs":"1","type":"t","action":"a","id":"i","attributes":{"__proto__":"x","n":7}}')!
    expect(Object.keys(event.attributes)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(event.attributes)).toBe(Object.prototype)
  })

  test('no attributes are too many or too long', () => {
    const attributes = Object.fromEntries([['name', 'web'], ['long', '\u0001'.repeat(100_000)], ...Array.from({ length: 5000 }, (_, index) => [`label${index}`, 'ä'.repeat(100)])])
    const line = formatEvent({ type: 'container', action: 'start', id: 'x', attributes }, 1n)
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(longestLine)
    expect(parseEvent(line.trimEnd())!.attributes.name).toBe('web')
    expect(boundAttributes({ a: 'b' })).toEqual({ a: 'b' })
  })

  test('a full disk is not fatal', () => {
    using directory = scratch()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', directory.path])
    try {
      const journal = new Journal(`${directory.path}`)
      const answers = Array.from({ length: 20 }, (_, index) => journal.append(die(`id${index}`, { filler: 'x'.repeat(1000) })))
      expect(answers[0]).toBe(true)
      expect(answers.at(-1)).toBe(false)
      expect(journal.read().length).toBeGreaterThanOrEqual(1)
      journal.close()
    } finally {
      execFileSync('umount', [directory.path])
    }
  })
})

describe('rotation', () => {
  test('both files are read as one, and older ones go', () => {
    using directory = scratch()
    const journal = new Journal(directory.path, { rotationSize: 2000 })
    for (let index = 0; index < 100; index++) journal.append(die(`id${index}`))
    expect(readdirSync(directory.path).sort()).toEqual(['journal', 'journal.1'].filter((name) => existsSync(`${directory.path}/${name}`)))
    const ids = journal.read().map((event) => Number(event.id.slice(2)))
    expect(ids.at(-1)).toBe(99)
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => 100 - ids.length + index))
    expect(ids.length).toBeGreaterThan(15)
  })

  test('only one of several processes rotates', () => {
    using directory = scratch()
    const journals = [1, 2, 3].map(() => new Journal(directory.path, { rotationSize: 1000 }))
    for (let index = 0; index < 8; index++) journals[index % 3]!.append(die(`id${index}`, { filler: 'x'.repeat(60) }))
    expect(readFileSync(`${directory.path}/journal.1`, 'utf8').split('\n').length).toBeGreaterThan(4)
  })
})

describe('filters', () => {
  const events = (journal: Journal, filters: object) => journal.read({ filters }).map((event) => `${event.type} ${event.action}`)

  test('are docker\'s', () => {
    using directory = scratch()
    const journal = new Journal(directory.path)
    const web = { name: 'web', image: 'nginx:1', tier: 'front', stage: 'test' }
    journal.append({ type: 'container', action: 'start', id: 'abc1', attributes: web })
    journal.append({ type: 'container', action: 'health_status: healthy', id: 'abc1', attributes: web })
    journal.append({ type: 'container', action: 'die', id: 'def2', attributes: { name: 'web2', image: 'redis' } })
    journal.append({ type: 'image', action: 'import', id: `sha256:${'9'.repeat(64)}`, attributes: { name: 'nginx:1' } })
    journal.append({ type: 'network', action: 'connect', id: 'net9', attributes: { name: 'lan', container: 'abc1' } })
    expect(events(journal, { type: 'image' })).toEqual(['image import'])
    expect(events(journal, { event: ['start', 'die'] })).toEqual(['container start', 'container die'])
    expect(events(journal, { action: 'start' })).toEqual(['container start'])
    expect(events(journal, { event: 'health_status' })).toEqual(['container health_status: healthy'])
    expect(events(journal, { event: 'health_status: healthy' })).toHaveLength(1)
    expect(events(journal, { container: 'web' })).toEqual(['container start', 'container health_status: healthy'])
    expect(events(journal, { container: 'abc' })).toEqual(['container start', 'container health_status: healthy', 'network connect'])
    expect(events(journal, { container: ['web2', 'nobody'] })).toEqual(['container die'])
    expect(events(journal, { image: 'nginx' })).toEqual(['container start', 'container health_status: healthy', 'image import'])
    expect(events(journal, { image: '999' })).toEqual(['image import'])
    expect(events(journal, { label: ['tier', 'stage=test'] })).toHaveLength(2)
    expect(events(journal, { label: ['tier', 'stage=prod'] })).toEqual([])
    expect(events(journal, { network: 'lan', type: [] })).toEqual(['network connect'])
    expect(events(journal, { container: '' })).toEqual([])
  })

  test.each([{ nope: 'x' }, { type: 7 }, { label: [null] }, { __proto__x: '1' }])('%j is refused', (filters) => {
    using directory = scratch()
    expect(() => new Journal(directory.path).read({ filters: filters as object })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

test('a journal that is no file is an error, not a hang', () => {
  using directory = scratch()
  writeFileSync(`${directory.path}/journal.1`, '')
  const journal = new Journal(directory.path)
  execFileSync('ln', ['-s', '/etc/passwd', journal.path])
  expect(journal.append(die('x'))).toBe(false)
  expect(() => journal.read()).toThrow(expect.objectContaining({ code: 'ERR_IO' }))
})
