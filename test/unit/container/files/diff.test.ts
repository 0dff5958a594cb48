import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diff } from '../../../../lib/container/files/index.js'
import { type Stand, stand } from './stand.js'

const changes = (box: Stand): string[] =>
  diff(box.upper, box.target.layers, box.target.idRange).map(({ kind, path }) => `${kind} ${path}`)

/** Layers with a tree of directories and files, the second over the first. */
function filled(): Stand {
  const box = stand()
  for (const path of ['etc/conf.d', 'var/lib/old', 'usr/bin', 'tmp'])
    mkdirSync(join(box.base, path), { recursive: true })
  for (const path of ['etc/passwd', 'etc/conf.d/one', 'etc/conf.d/two', 'var/lib/old/data', 'usr/bin/tool'])
    writeFileSync(join(box.base, path), path)
  const top = box.target.layers[0]!
  mkdirSync(join(top, 'opt'))
  writeFileSync(join(top, 'opt/app'), 'app')
  return box
}

test('nothing has changed', () => {
  using box = filled()
  expect(changes(box)).toEqual([])
})

test('added, changed and deleted, as docker diff lists them', () => {
  using box = filled()
  box.inside((root) => {
    writeFileSync(`${root}/tmp/new`, '')
    mkdirSync(`${root}/srv/www`, { recursive: true })
    appendFileSync(`${root}/etc/passwd`, 'more')
    rmSync(`${root}/usr/bin/tool`)
    rmSync(`${root}/var/lib/old`, { recursive: true })
    rmSync(`${root}/opt/app`)
  })
  expect(changes(box)).toEqual([
    'C /etc/passwd',
    'C /opt',
    'D /opt/app',
    'A /srv',
    'A /srv/www',
    'C /tmp',
    'A /tmp/new',
    'C /usr/bin',
    'D /usr/bin/tool',
    'C /var/lib',
    'D /var/lib/old',
  ])
})

test('a directory with other attributes has changed, one that only holds a changed file has not', () => {
  using box = filled()
  box.inside((root) => {
    chmodSync(`${root}/var/lib`, 0o700)
    appendFileSync(`${root}/etc/conf.d/one`, 'x')
    utimesSync(`${root}/usr`, 1, 1)
  })
  expect(changes(box)).toEqual(['C /etc/conf.d/one', 'C /usr', 'C /var/lib'])
})

test('a directory that was deleted and made again says what is gone', () => {
  using box = filled()
  box.inside((root) => {
    rmSync(`${root}/etc/conf.d`, { recursive: true })
    mkdirSync(`${root}/etc/conf.d`)
    writeFileSync(`${root}/etc/conf.d/two`, 'again')
    writeFileSync(`${root}/etc/conf.d/three`, 'new')
  })
  expect(changes(box)).toEqual([
    'C /etc',
    'C /etc/conf.d',
    'D /etc/conf.d/one',
    'A /etc/conf.d/three',
    'C /etc/conf.d/two',
  ])
})

test('a file in place of a directory and the other way round', () => {
  using box = filled()
  box.inside((root) => {
    rmSync(`${root}/var/lib/old`, { recursive: true })
    writeFileSync(`${root}/var/lib/old`, 'a file now')
    rmSync(`${root}/usr/bin/tool`)
    mkdirSync(`${root}/usr/bin/tool`)
    writeFileSync(`${root}/usr/bin/tool/inner`, '')
  })
  expect(changes(box)).toEqual([
    'C /usr/bin',
    'C /usr/bin/tool',
    'A /usr/bin/tool/inner',
    'C /var/lib',
    'C /var/lib/old',
  ])
})

test('what a middle layer has deleted is new when it is made', () => {
  using box = filled()
  const [top, base] = box.target.layers as [string, string]
  const middle = { ...box.target, upper: top, layers: [base] }
  rmSync(join(top, 'opt'), { recursive: true })
  // Delete through an overlay whose writable layer is the middle layer.
  const inMiddle = stand()
  try {
    Object.assign(inMiddle.target, { upper: middle.upper, layers: middle.layers, work: inMiddle.target.work })
    box.inside((root) => rmSync(`${root}/etc/passwd`))
    renameSync(join(box.upper, 'etc'), join(top, 'etc'))
  } finally {
    inMiddle[Symbol.dispose]()
  }
  box.inside((root) => writeFileSync(`${root}/etc/passwd`, 'made'))
  expect(changes(box)).toContain('A /etc/passwd')
  box.inside((root) => rmSync(`${root}/etc/passwd`))
  expect(changes(box).filter((line) => line.includes('passwd'))).toEqual([])
})

test('names that are no UTF-8 are kept as bytes, siblings come after what is below', () => {
  using box = filled()
  const raw = Buffer.from([0x2f, 0xff, 0x0a])
  box.inside((root) => {
    writeFileSync(Buffer.concat([Buffer.from(root), raw]), '')
    mkdirSync(`${root}/a`)
    writeFileSync(`${root}/a/z`, '')
    symlinkSync('x', `${root}/a-b`)
  })
  const found = diff(box.upper, box.target.layers)
  expect(found.map(({ path }) => path)).toEqual(['/a', '/a/z', '/a-b', '/\ufffd\n'])
  expect(found.at(-1)!.rawPath).toEqual(raw)
})

test('a container without its directories is an error', () => {
  expect(() => diff('/nonexistent/upper', [])).toThrow(expect.objectContaining({ code: 'ERR_IO' }))
})
