/** Networks come with their own issue; until then every call says what there is. */
import { GantryError } from '../errors/index.js'
import { defaultStore, type Store } from '../store/index.js'

function later(): GantryError {
  return new GantryError('ERR_NOT_SUPPORTED', 'Networks are not in this version', { hint: "a container takes network: 'none', 'host' or 'container:<id>'" })
}

export class Network {
  static get store(): Store {
    return defaultStore()
  }

  static async create(_options?: object): Promise<Network> {
    throw later()
  }

  static async get(_reference: string): Promise<Network> {
    throw later()
  }

  static async list(_options?: object): Promise<Network[]> {
    throw later()
  }

  static async prune(_options?: object): Promise<never> {
    throw later()
  }
}
