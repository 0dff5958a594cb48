import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { closeDescriptor, currentDirectory, mkdirAt, Open, openIn } from '../../../lib/native/index.js'
import { removeTree } from '../../../lib/store/index.js'
import { scratch } from './scratch.js'

test('everything below goes, nothing that a link leads to', async () => {
  using directory = scratch()
  const tree = `${directory.path}/tree`
  mkdirSync(`${tree}/a/b`, { recursive: true })
  mkdirSync(`${directory.path}/kept`)
  writeFileSync(`${directory.path}/kept/file`, 'kept')
  symlinkSync(`${directory.path}/kept`, `${tree}/a/out`)
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/a/b/`), Buffer.from([0xff])]), '')
  mkdirSync(`${tree}/locked`, { mode: 0 })
  await removeTree(tree)
  expect(existsSync(tree)).toBe(false)
  expect(readFileSync(`${directory.path}/kept/file`, 'utf8')).toBe('kept')
})

test('2,000 levels are not too deep', async () => {
  using directory = scratch()
  mkdirSync(`${directory.path}/tree`)
  let inner = openIn(currentDirectory, `${directory.path}/tree`, Open.READ | Open.DIRECTORY, 0, 0)
  for (let level = 0; level < 2000; level++) {
    const outer = inner
    mkdirAt(outer, 'directory', 0o755)
    inner = openIn(outer, 'directory', Open.READ | Open.DIRECTORY)
    closeDescriptor(outer)
  }
  closeDescriptor(inner)
  await removeTree(`${directory.path}/tree`)
  expect(existsSync(`${directory.path}/tree`)).toBe(false)
})

test('what is not there is fine; a link and a file go themselves', async () => {
  using directory = scratch()
  await removeTree(`${directory.path}/missing`)
  await removeTree(`${directory.path}/missing/too`)
  symlinkSync('/etc', `${directory.path}/link`)
  writeFileSync(`${directory.path}/file`, '')
  await removeTree(`${directory.path}/link`)
  await removeTree(`${directory.path}/file`)
  expect(existsSync(`${directory.path}/file`)).toBe(false)
  expect(existsSync('/etc/passwd')).toBe(true)
})
