/** Numbers of the places in which an interpreter holds descriptors. */
import { GantryError } from '../../errors/index.js'
import { slots } from '../tables.js'

export class SlotAllocator {
  #next: number = slots.firstFree

  take(): number {
    if (this.#next >= slots.count) {
      throw new GantryError('ERR_NOT_SUPPORTED', `a container can hold ${slots.count - slots.firstFree} layers, mounts and cgroups together`, {
        hint: 'use fewer mounts, or an image with fewer layers',
      })
    }
    return this.#next++
  }
}
