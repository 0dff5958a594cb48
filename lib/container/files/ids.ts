/** The ids of a container's own user namespace, as numbers of the host. */
export interface IdRange {
  base: number
  size: number
}

/** Between ids on the disk and ids as the container sees them. Without a range they are the same. */
export class IdShift {
  readonly #base: number
  readonly #size: number

  constructor(range: IdRange | undefined) {
    this.#base = range?.base ?? 0
    this.#size = range?.size ?? 0
  }

  get shifts(): boolean {
    return this.#size > 0
  }

  /** On the disk, and in the container's part of the ids. */
  owns(id: number): boolean {
    return id >= this.#base && id < this.#base + this.#size
  }

  /** From the disk to the container. Files of layers have the image's ids on the disk: those stay as they are. */
  toContainer = (id: number): number => (this.owns(id) ? id - this.#base : id)

  /** From the container to the disk. What is outside of the range becomes the container's "nobody", the last id of it. */
  toDisk = (id: number): number => {
    if (!this.shifts || this.owns(id)) return id
    return this.#base + Math.min(id, this.#size - 1)
  }
}
