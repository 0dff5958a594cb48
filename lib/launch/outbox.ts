import { type Channel, closeDescriptor, duplicateDescriptor } from '../native/index.js'

interface Letter {
  bytes: Uint8Array
  descriptors: number[]
}

/** Sends messages in order, and keeps those for which the peer's socket has no room until there is. */
export class Outbox {
  readonly #channel: Pick<Channel, 'send'>
  #letters: Letter[] = []
  #waiting: ((sent: boolean) => void)[] = []

  constructor(channel: Pick<Channel, 'send'>) {
    this.#channel = channel
  }

  /** False when the message waits for room. The descriptors stay the caller's: a message that waits holds copies. */
  send(bytes: Uint8Array, descriptors: readonly number[] = []): boolean {
    if (this.#letters.length === 0 && this.#channel.send(bytes, descriptors)) return true
    this.#letters.push({ bytes, descriptors: descriptors.map(duplicateDescriptor) })
    return false
  }

  /** There is room again. Throws what the channel throws; the message that failed is dropped. */
  flush(): void {
    while (this.#letters.length > 0) {
      const letter = this.#letters[0]!
      let sent = true
      try {
        sent = this.#channel.send(letter.bytes, letter.descriptors)
      } finally {
        if (sent) {
          this.#letters.shift()
          letter.descriptors.forEach(closeDescriptor)
        }
      }
      if (!sent) return
    }
    this.#tell(true)
  }

  /** Resolves when nothing waits any more: with false when that is because of discard(). */
  drained(): Promise<boolean> {
    if (this.#letters.length === 0) return Promise.resolve(true)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Forgets what waits. */
  discard(): void {
    for (const letter of this.#letters) letter.descriptors.forEach(closeDescriptor)
    this.#letters = []
    this.#tell(false)
  }

  #tell(sent: boolean): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(sent)
  }
}
