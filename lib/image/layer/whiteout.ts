import { invalidArchive } from '../tar/index.js'

/** What a name that begins with .wh. says (layer.md of the OCI image specification), or undefined for an ordinary one. */
export type Whiteout = { kind: 'name'; name: Buffer } | { kind: 'opaque' } | { kind: 'ignored' }

const prefix = Buffer.from('.wh.')
const opaque = Buffer.from('.wh..wh..opq')
const metadata = Buffer.from('.wh..wh.')

export function whiteoutOf(name: Buffer): Whiteout | undefined {
  if (!startsWith(name, prefix)) return undefined
  if (name.equals(opaque)) return { kind: 'opaque' }
  // aufs kept its own records under such names; they mean nothing elsewhere.
  if (startsWith(name, metadata)) return { kind: 'ignored' }
  const hidden = name.subarray(prefix.length)
  if (hidden.length === 0 || hidden.equals(Buffer.from('.')) || hidden.equals(Buffer.from('..'))) throw invalidArchive('a whiteout names no file', name)
  return { kind: 'name', name: hidden }
}

function startsWith(name: Buffer, beginning: Buffer): boolean {
  return name.length >= beginning.length && name.subarray(0, beginning.length).equals(beginning)
}

/** Overlay's mark on a directory that hides what lies below it: of root's mounts, and of a user namespace's. */
export function opaqueAttribute(): string {
  return process.geteuid?.() === 0 ? 'trusted.overlay.opaque' : 'user.overlay.opaque'
}
