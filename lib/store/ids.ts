import { randomBytes } from 'node:crypto'

const fullId = /^[0-9a-f]{64}$/
const idPrefix = /^[0-9a-f]{1,64}$/

/** A new id: 64 hexadecimal digits. Its first twelve are never digits only, because they become a host name. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
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
