/** Volumes come with their own issue; until then every call says what to do instead. */
import { GantryError } from '../errors/index.js'
import { defaultStore, type Store } from '../store/index.js'

function later(): GantryError {
  return new GantryError('ERR_NOT_SUPPORTED', 'Volumes are not in this version', { hint: "mount a directory of the host: mounts: [{ type: 'bind', source, target }]" })
}

export class Volume {
  static get store(): Store {
    return defaultStore()
  }

  static async create(_options?: object): Promise<Volume> {
    throw later()
  }

  static async get(_name: string): Promise<Volume> {
    throw later()
  }

  static async list(_options?: object): Promise<Volume[]> {
    throw later()
  }

  static async prune(_options?: object): Promise<never> {
    throw later()
  }
}
