import { closeSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { walkTree } from '../../../../lib/image/archive/index.js'
import { closeDescriptor, mkdirAt, Open, openIn, unlinkAt } from '../../../../lib/native/index.js'
import { temporary } from './odd-tree.js'

const descriptors = (): number => readdirSync('/proc/self/fd').length

/** A chain of directories whose path is longer than the kernel takes. */
function makeDeep(root: number, name: string, levels: number): void {
  let at = openIn(root, '.', Open.PATH | Open.DIRECTORY)
  for (let level = 0; level < levels; level++) {
    mkdirAt(at, name)
    const below = openIn(at, name, Open.PATH | Open.DIRECTORY)
    closeDescriptor(at)
    at = below
  }
  closeDescriptor(at)
}

function removeDeep(root: number, name: string, levels: number): void {
  let at = openIn(root, '.', Open.PATH | Open.DIRECTORY)
  for (let level = 0; level < levels; level++) {
    const below = openIn(at, name, Open.PATH | Open.DIRECTORY)
    closeDescriptor(at)
    at = below
  }
  for (let level = 0; level < levels; level++) {
    const above = openIn(at, '..', Open.PATH | Open.DIRECTORY, 0, 0)
    closeDescriptor(at)
    unlinkAt(above, name, true)
    at = above
  }
  closeDescriptor(at)
}

test('two thousand levels, with few descriptors and no recursion', () => {
  using directory = temporary()
  const root = openSync(directory.path, 'r')
  const name = 'd'.repeat(20)
  makeDeep(root, name, 2000)
  writeFileSync(join(directory.path, 'z'), '')
  const before = descriptors()
  let most = 0
  const paths: number[] = []
  for (const { path } of walkTree(root)) {
    paths.push(path.length)
    if (paths.length % 100 === 0) most = Math.max(most, descriptors())
  }
  expect(paths.length).toBe(2001)
  expect(paths[1999]).toBe(2000 * 21 - 1)
  expect(paths[2000]).toBe(1)
  expect(most - before).toBeLessThan(60)
  expect(descriptors()).toBe(before)
  removeDeep(root, name, 2000)
  closeSync(root)
})

test('a directory that is moved away while the walk is deep in it ends the walk, and leads it nowhere else', () => {
  using directory = temporary()
  const root = openSync(directory.path, 'r')
  makeDeep(root, 'd', 100)
  mkdirSync(join(directory.path, 'elsewhere'))
  writeFileSync(join(directory.path, 'elsewhere', 'secret'), '')
  const before = descriptors()
  const seen: string[] = []
  expect(() => {
    for (const { path } of walkTree(root)) {
      seen.push(path.toString())
      if (path.length === 199) renameSync(join(directory.path, 'd/d/d'), join(directory.path, 'elsewhere/d'))
    }
  }).toThrow(/was moved while its tree was read/)
  expect(seen.some((path) => path.includes('secret'))).toBe(false)
  expect(descriptors()).toBe(before)
  closeSync(root)
})

test('names in the order of their bytes, each directory before its content; leaving early closes all', () => {
  using directory = temporary()
  for (const name of ['b/x', 'a-b', 'a/z', 'B']) mkdirSync(join(directory.path, name), { recursive: true })
  const root = openSync(directory.path, 'r')
  const before = descriptors()
  expect([...walkTree(root)].map(({ path }) => path.toString())).toEqual(['B', 'a', 'a/z', 'a-b', 'b', 'b/x'])
  expect(
    [...walkTree(root, { enter: ({ path }) => path.toString() !== 'a' })].map(({ path }) => path.toString()),
  ).toEqual(['B', 'a', 'a-b', 'b', 'b/x'])
  for (const { path } of walkTree(root)) if (path.toString() === 'a/z') break
  expect(descriptors()).toBe(before)
  closeSync(root)
})
