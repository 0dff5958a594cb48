import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { chooseRoots, prepareRoot } from '../../../lib/store/roots.js'
import { openStore } from '../../../lib/store/index.js'
import { scratch } from './scratch.js'

describe('where the roots are', () => {
  test('options come before the environment, which comes before the default', () => {
    expect(chooseRoots({ root: '/a', runRoot: '/b' }, { GANTRY_ROOT: '/c' })).toEqual({ root: '/a', runRoot: '/b' })
    expect(chooseRoots({}, { GANTRY_ROOT: '/c', GANTRY_RUN_ROOT: '/d' })).toEqual({ root: '/c', runRoot: '/d' })
    expect(chooseRoots({}, { GANTRY_ROOT: '', GANTRY_RUN_ROOT: '' })).toEqual({ root: '/var/lib/gantry', runRoot: '/run/gantry' })
  })

  test.each(['', '/', 'a\0b'])('%j is refused', (root) => {
    expect(() => chooseRoots({ root, runRoot: '/run/x' }, {})).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

describe('what may hold containers', () => {
  test('a missing root is made for its owner only, with what is needed below', () => {
    using directory = scratch()
    const store = openStore({ root: `${directory.path}/deep/root`, runRoot: `${directory.path}/run` })
    for (const path of [store.root, store.runRoot, `${store.root}/containers`, `${store.runRoot}/shared`]) expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(store.bootId).toMatch(/^[0-9a-f-]{36}$/)
    expect(store.containerDirectory('x')).toBe(`${store.root}/containers/x`)
    expect(store.runDirectory('x')).toBe(`${store.runRoot}/containers/x`)
  })

  test('a root that leads through a link is its real path', () => {
    using directory = scratch()
    mkdirSync(`${directory.path}/real`)
    symlinkSync('real', `${directory.path}/link`)
    expect(prepareRoot(`${directory.path}/link`)).toBe(`${directory.path}/real`)
  })

  const made = (path: string) => {
    mkdirSync(path)
    return path
  }
  const refused: [string, (path: string) => void, RegExp][] = [
    ['another owner', (path) => chownSync(made(path), 12345, 0), /belongs to user 12345/],
    ['others who can write', (path) => chmodSync(made(path), 0o777), /can be written by others \(mode 0777\)[\s\S]*chmod go-w/],
    ['a group that can write', (path) => chmodSync(made(path), 0o770), /can be written by others/],
    ['a file', (path) => writeFileSync(path, ''), /is not a directory/],
  ]
  test.each(refused)('%s is refused', (_, make, message) => {
    using directory = scratch()
    make(`${directory.path}/root`)
    expect(() => prepareRoot(`${directory.path}/root`)).toThrow(message)
  })

  test('a directory in which everybody can exchange it is refused, a sticky one is not', () => {
    using directory = scratch()
    mkdirSync(`${directory.path}/open`)
    chmodSync(`${directory.path}/open`, 0o777)
    expect(() => prepareRoot(`${directory.path}/open/root`)).toThrow(expect.objectContaining({ code: 'ERR_PERMISSION' }))
    chmodSync(`${directory.path}/open`, 0o1777)
    expect(prepareRoot(`${directory.path}/open/root`)).toBe(`${directory.path}/open/root`)
  })
})
