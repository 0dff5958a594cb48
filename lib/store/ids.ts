import { randomFillSync } from 'node:crypto'

const fullId = /^[0-9a-f]{64}$/
const idPrefix = /^[0-9a-f]{1,64}$/

const pool = Buffer.alloc(32 * 64)
let used = pool.length

/** A new id: 64 hexadecimal digits. Its first twelve are never digits only, because they become a host name. */
export function newId(): string {
  for (;;) {
    // One call for many ids: it costs ten times as much as the rest.
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const id = pool.toString('hex', used, used + 32)
    used += 32
    if (!/^[0-9]{12}/.test(id)) return id
  }
}

export function isId(text: string): boolean {
  return fullId.test(text)
}

/** Whether a text can be the beginning of an id. */
export function isIdPrefix(text: string): boolean {
  return idPrefix.test(text)
}

/** The twelve digits by which people know an id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
