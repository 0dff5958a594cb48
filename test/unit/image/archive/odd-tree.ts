import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setXattr } from '../../../../lib/native/index.js'

export function temporary(parent = tmpdir()): { path: string } & Disposable {
  const path = mkdtempSync(join(parent, 'gantry-files-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Everything that a tree may hold, with names that break careless code. */
export function makeOddTree(top: string): void {
  mkdirSync(join(top, 'dir/deeper'), { recursive: true })
  writeFileSync(join(top, 'plain'), 'hello\n')
  writeFileSync(join(top, 'dir/empty'), '')
  writeFileSync(join(top, 'dir/line\nbreak'), 'newline')
  writeFileSync(Buffer.concat([Buffer.from(`${top}/dir/`), Buffer.from([0xff, 0xfe, 0x41])]), 'not utf8')
  writeFileSync(join(top, 'dir', 'n'.repeat(255)), 'longest name')
  writeFileSync(join(top, 'dir', 'é'.repeat(100)), 'long utf8')
  writeFileSync(join(top, '.wh.literal'), 'not a whiteout')
  writeFileSync(join(top, 'setuid'), '#!/bin/sh\n')
  chownSync(join(top, 'setuid'), 33, 44)
  chmodSync(join(top, 'setuid'), 0o6755)
  chmodSync(join(top, 'dir/deeper'), 0o1777)
  linkSync(join(top, 'plain'), join(top, 'dir/hard'))
  symlinkSync('../plain', join(top, 'dir/link'))
  symlinkSync('/nowhere/at/all', join(top, 'dangling'))
  execFileSync('mkfifo', [join(top, 'fifo')])
  execFileSync('mknod', [join(top, 'device'), 'c', '1', '3'])
  chownSync(join(top, 'plain'), 3_000_000, 70_000)
  setXattr(join(top, 'plain'), 'user.note', Buffer.from([0, 1, 255, 10]))
  const sparse = openSync(join(top, 'sparse'), 'w')
  writeSync(sparse, 'start', 0)
  writeSync(sparse, 'middle', 40 << 20)
  ftruncateSync(sparse, 100 << 20)
  closeSync(sparse)
  writeFileSync(join(top, 'big'), Buffer.alloc(700_001, 'abc'))
  lutimesSync(join(top, 'dangling'), 1, 1_600_000_000.5)
  utimesSync(join(top, 'plain'), 1, 1_700_000_000.125)
  utimesSync(join(top, 'dir/deeper'), 1, 1_500_000_000)
  utimesSync(join(top, 'dir'), 1, 1_400_000_000)
}

/** One line for each file of a tree: what a faithful copy has, too. */
export function describeTree(top: string): string[] {
  const format = '%P|%y|%m|%U|%G|%s|%T@|%l|%n\\0'
  const text = execFileSync('find', [top, '-mindepth', '1', '-printf', format], { encoding: 'latin1' })
  return text
    .split('\0')
    .filter(Boolean)
    .map((line) => line.replace(/\|d\|(\d+)\|(\d+)\|(\d+)\|\d+\|(.*)\|\|\d+$/, '|d|$1|$2|$3|$4'))
    .sort()
}
