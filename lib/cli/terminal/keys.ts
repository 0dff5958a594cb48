/** docker's default: ctrl-p, then ctrl-q. */
export const defaultDetachKeys = 'ctrl-p,ctrl-q'

/** Reads a key sequence: letters or 'ctrl-' with a letter or one of @ [ \ ] ^ _, separated by commas. Empty: nothing detaches. */
export function parseKeys(text: string): Buffer {
  if (text === '') return Buffer.alloc(0)
  const codes = text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1]
    if (control) return control.toUpperCase().charCodeAt(0) - 64
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0)
    throw new Error(`invalid detach keys (${text}): unknown character: '${key}'`)
  })
  return Buffer.from(codes)
}

/** For tables of flags. */
export function checkKeys(text: string): void {
  parseKeys(text)
}

/**
 * Looks for the detach sequence in what is typed. `feed` gives what is to be passed on; keys that may begin the sequence are held
 * back until it is clear that they do not, as docker does.
 */
export class DetachScanner {
  #matched = 0

  constructor(readonly keys: Buffer) {}

  feed(chunk: Buffer): { data: Buffer; detached: boolean } {
    if (this.keys.length === 0) return { data: chunk, detached: false }
    const passed: number[] = []
    for (const byte of chunk) {
      if (byte === this.keys[this.#matched]) {
        this.#matched++
        if (this.#matched === this.keys.length) return { data: Buffer.from(passed), detached: true }
        continue
      }
      passed.push(...this.keys.subarray(0, this.#matched))
      this.#matched = byte === this.keys[0] ? 1 : 0
      if (this.#matched === 0) passed.push(byte)
    }
    return { data: Buffer.from(passed), detached: false }
  }
}
