import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { FilesTarget, IdRange } from '../../../../lib/container/files/index.js'
import { mountOverlay } from '../../../../lib/native/index.js'
import { temporary } from '../../image/archive/odd-tree.js'

/** The directories of a container that does not run: two layers and a writable one on the real overlay. */
export interface Stand extends Disposable {
  /** A directory for the host's side. */ host: string
  /** The lowest layer. */ base: string
  upper: string
  target: FilesTarget
  /** Does something with the root mounted, as the container would, at a path that ends with it. */ inside<T>(
    act: (root: string) => T,
  ): T
}

export function stand(idRange?: IdRange, parent?: string): Stand {
  const directory = temporary(parent)
  const [host, base, top, upper, work] = ['host', 'base', 'top', 'upper', 'work'].map((name) => {
    const path = join(directory.path, name)
    mkdirSync(path)
    return path
  }) as [string, string, string, string, string]
  const target: FilesTarget = { id: 'f'.repeat(64), name: 'box', pid: 0, layers: [top, base], upper, work, idRange }
  return {
    host,
    base,
    upper,
    target,
    inside: (act) => {
      const root = mountOverlay({ lowers: target.layers, upper, work })
      try {
        return act(`/proc/${process.pid}/fd/${root}/.`)
      } finally {
        closeSync(root)
      }
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  }
}

export function openDirectory(path: string): number {
  return openSync(path, 'r')
}
