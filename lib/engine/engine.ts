import { type EventOptions, Container, type GantryEvent, leaveContainers, pruneContainers, type PruneFilters, type Pruned, readEvents, recover, type Run, runOf } from '../container/index.js'
import { GantryError } from '../errors/index.js'
import { Image } from '../image/index.js'
import { dismissWaiting } from '../native/index.js'
import { Network } from '../network/index.js'
import { openStore, type RootOptions, type Store } from '../store/index.js'
import { Volume } from '../volume/index.js'
import { diskUsage, type DiskUsage } from './disk-usage.js'
import { engineInfo, type EngineInfo } from './info.js'
import { restore, type Restored } from './restore.js'

export interface EngineOptions extends RootOptions {}

/** Two roots, and the classes that work on them. Several engines, of one process or many, may have the same roots. */
export class Engine implements AsyncDisposable {
  /** Opens the roots, makes them when they are missing, and finishes or undoes what a crash left half done. */
  static async open(options: EngineOptions = {}): Promise<Engine> {
    const unknown = Object.keys(options).find((key) => key !== 'root' && key !== 'runRoot')
    if (unknown !== undefined) throw new GantryError('ERR_INVALID_OPTION', `Engine.open(): unknown option '${unknown}'`, { hint: 'the options are root and runRoot' })
    const store = openStore(options)
    await recover(store)
    return new Engine(store)
  }

  readonly #store: Store
  readonly run: Run
  readonly Container: typeof Container
  readonly Image: typeof Image
  readonly Volume: typeof Volume
  readonly Network: typeof Network
  #isOpen = true
  #closed: Promise<void> | undefined

  private constructor(store: Store) {
    this.#store = store
    const opened = () => this.#opened()
    this.run = runOf(opened)
    this.Container = class extends Container {
      static override get store(): Store {
        return opened()
      }
    }
    this.Image = class extends Image {
      static override get store(): Store {
        return opened()
      }
    }
    this.Volume = class extends Volume {
      static override get store(): Store {
        return opened()
      }
    }
    this.Network = class extends Network {
      static override get store(): Store {
        return opened()
      }
    }
  }

  get root(): string {
    return this.#store.root
  }

  get runRoot(): string {
    return this.#store.runRoot
  }

  /** What happens, in all processes that use these roots. */
  events(options: EventOptions = {}): AsyncIterable<GantryEvent> {
    return readEvents(this.#opened(), options)
  }

  /** The machine, the engine, and how many containers and images there are. */
  async info(): Promise<EngineInfo> {
    return engineInfo(this.#opened())
  }

  /** What images and containers take on the disk. */
  async diskUsage(): Promise<DiskUsage> {
    return diskUsage(this.#opened())
  }

  /** Removes the containers that do not run, and the images without a name (with `all`: every image that no container uses). */
  async prune(options: { all?: boolean; filters?: PruneFilters } = {}): Promise<{ containers: Pruned; images: Awaited<ReturnType<typeof Image.prune>> }> {
    const containers = await pruneContainers(this.#opened(), options.filters)
    const images = await this.Image.prune(options as Parameters<typeof Image.prune>[0])
    return { containers, images }
  }

  /** Starts what is to run after a boot. */
  async restore(): Promise<Restored> {
    return restore(this.#opened())
  }

  /**
   * Lets go of everything. Jobs that still run, and containers that live with this process (lifetime 'process'), are killed; others live on. Resolves
   * when nothing of them is at work any more (after 5 s in any case), so that the roots can be deleted.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#isOpen = false
    dismissWaiting()
    await leaveContainers(this.#store)
    this.#store.journal.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #opened(): Store {
    if (this.#isOpen) return this.#store
    throw new GantryError('ERR_INVALID_OPTION', 'The engine is closed', { hint: 'Engine.open() opens another one' })
  }
}
