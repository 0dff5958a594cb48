import { mkdirSync, rmdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { newId, openStore, parseName, randomName } from '../../../lib/store/index.js'
import { adjectives, surnames } from '../../../lib/store/words.js'
import { scratch } from './scratch.js'

function open(path: string) {
  const store = openStore({ root: `${path}/root`, runRoot: `${path}/run` })
  const container = () => {
    const id = newId()
    mkdirSync(store.containerDirectory(id))
    return id
  }
  return { store, container }
}

describe('ids and random names', () => {
  test('an id has 64 digits and is never the same twice', () => {
    const ids = new Set(Array.from({ length: 1000 }, newId))
    expect(ids.size).toBe(1000)
    for (const id of ids) expect(id).toMatch(/^(?![0-9]{12})[0-9a-f]{64}$/)
  })

  test('random names are names', () => {
    expect(adjectives.length).toBeGreaterThanOrEqual(90)
    expect(surnames.length).toBeGreaterThanOrEqual(190)
    expect(new Set(surnames).size).toBe(surnames.length)
    expect(new Set(adjectives).size).toBe(adjectives.length)
    for (let index = 0; index < 100; index++) expect(parseName(randomName())).toMatch(/^[a-z]+_[a-z]+$/)
  })

  test.each(['ab', 'web-1', 'A.b_c', '9lives', 'x'.repeat(255), '/slashed'])('%j is a name', (name) => {
    expect(parseName(name)).toBe(name.replace('/', ''))
  })

  test.each(['', 'a', '-a', '.ab', '_ab', 'a b', 'a/b', '../etc', 'a\n', 'ä1', 'x'.repeat(256), 7, undefined])('%j is none', (name) => {
    expect(() => parseName(name)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

describe('the registry of names', () => {
  test('a name belongs to one id until it is given back', () => {
    using directory = scratch()
    const { store, container } = open(directory.path)
    const [first, second] = [container(), container()]
    store.names.claim('containers', 'web', first)
    store.names.claim('containers', 'web', first)
    expect(store.names.lookup('containers', '/web')).toBe(first)
    expect(store.names.lookup('volumes', 'web')).toBeUndefined()
    expect(() => store.names.claim('containers', 'web', second)).toThrow(expect.objectContaining({ code: 'ERR_NAME_IN_USE', id: first }))
    store.names.release('containers', 'web', second)
    expect(store.names.lookup('containers', 'web')).toBe(first)
    store.names.release('containers', 'web', first)
    expect(store.names.lookup('containers', 'web')).toBeUndefined()
    store.names.claim('containers', 'web', second)
    expect([...store.names.list('containers')]).toEqual([['web', second]])
  })

  test('a rename keeps the old name when the new one is in use', () => {
    using directory = scratch()
    const { store, container } = open(directory.path)
    const [first, second] = [container(), container()]
    store.names.claim('containers', 'one', first)
    store.names.claim('containers', 'two', second)
    expect(() => store.names.rename('containers', 'one', 'two', first)).toThrow(expect.objectContaining({ code: 'ERR_NAME_IN_USE' }))
    expect(store.names.lookup('containers', 'one')).toBe(first)
    store.names.rename('containers', 'one', 'three', first)
    expect(store.names.lookup('containers', 'one')).toBeUndefined()
    store.names.rename('containers', 'three', 'three', first)
    expect(store.names.lookup('containers', 'three')).toBe(first)
  })

  test('the name of a container that vanished can be taken', () => {
    using directory = scratch()
    const { store, container } = open(directory.path)
    const [gone, next] = [container(), container()]
    store.names.claim('containers', 'web', gone)
    rmdirSync(store.containerDirectory(gone))
    store.names.claim('containers', 'web', next)
    expect(store.names.lookup('containers', 'web')).toBe(next)
  })

  test('random names are claimed', () => {
    using directory = scratch()
    const { store, container } = open(directory.path)
    const id = container()
    expect(store.names.lookup('containers', store.names.claimRandom('containers', id))).toBe(id)
  })
})

describe('what a user means', () => {
  test('a full id, then a name, then the beginning of an id', () => {
    using directory = scratch()
    const { store } = open(directory.path)
    const [first, second] = [`aa1${'0'.repeat(61)}`, `aa2${'0'.repeat(61)}`]
    for (const id of [first, second]) mkdirSync(store.containerDirectory(id))
    store.names.claim('containers', 'aa2', first)
    expect(store.findContainer(second)).toBe(second)
    expect(store.findContainer('aa2')).toBe(first)
    expect(store.findContainer('aa1')).toBe(first)
    expect(() => store.findContainer('aa')).toThrow(expect.objectContaining({ code: 'ERR_AMBIGUOUS_ID' }))
    for (const none of ['bb', 'nobody', '', '../..', 'x'.repeat(5000)]) {
      expect(store.findContainer(none)).toBeUndefined()
      expect(() => store.getContainer(none)).toThrow(expect.objectContaining({ code: 'ERR_CONTAINER_NOT_FOUND' }))
    }
  })
})
