import { invalidArchive, type TarLimits } from '../tar/index.js'

const slash = 0x2f
const longestComponent = 255

/**
 * The components of a member's name inside the tree: a leading slash and '.' count for nothing, '..' goes up but never above the root.
 * Empty for the root itself.
 */
export function componentsOf(name: Buffer, limits: Pick<TarLimits, 'path' | 'depth'>): Buffer[] {
  if (name.length > limits.path) throw invalidArchive(`a path is longer than ${limits.path} bytes`, name)
  const components: Buffer[] = []
  for (let start = 0; start <= name.length; ) {
    const found = name.indexOf(slash, start)
    const end = found < 0 ? name.length : found
    const part = name.subarray(start, end)
    start = end + 1
    if (part.length === 0 || isDots(part, 1)) continue
    if (isDots(part, 2)) components.pop()
    else if (part.length > longestComponent) throw invalidArchive(`a name is longer than ${longestComponent} bytes`, name)
    else components.push(part)
  }
  if (components.length > limits.depth) throw invalidArchive(`a path has more than ${limits.depth} directories`, name)
  return components
}

/** Components as one path without a slash in front. */
export function joinPath(components: readonly Buffer[]): Buffer {
  return Buffer.from(components.map((part) => part.toString('latin1')).join('/'), 'latin1')
}

function isDots(part: Buffer, count: number): boolean {
  return part.length === count && part.every((byte) => byte === 0x2e)
}
