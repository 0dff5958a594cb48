import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Image } from '../../../lib/image/index.js'
import { openStore, type Store } from '../../../lib/store/index.js'

/** A store of its own in a temporary directory with images bound to it, gone when the scope ends. */
export function temporaryStore(): { store: Store; directory: string; Image: typeof Image } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-image-'))
  const store = openStore({ root: join(directory, 'root'), runRoot: join(directory, 'run') })
  class Bound extends Image {
    static override get store(): Store {
      return store
    }
  }
  // Not Node's rm: names of the trees need not be UTF-8.
  return { store, directory, Image: Bound, [Symbol.dispose]: () => void execFileSync('rm', ['-rf', directory]) }
}
