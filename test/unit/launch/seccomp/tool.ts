/** Builds the small C programs of the tests. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

export interface Tool extends Disposable {
  path: string
}

/** Compiles a source file of this folder, or a path without its `.c`. */
export function buildTool(source: string, ...options: string[]): Tool {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-test-'))
  const path = join(directory, basename(source))
  execFileSync('cc', [
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    path,
    `${resolve(import.meta.dirname, source)}.c`,
    ...options,
  ])
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Reproducible numbers below 2^32. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
}
