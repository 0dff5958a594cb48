/** A spec made of few options, for the tests of its parts. */
import { parseContainerSpec } from '../../../../lib/container/options.js'
import { type SpecInput, toRuntimeSpec } from '../../../../lib/container/spec/index.js'
import type { RuntimeMount, RuntimeSpec } from '../../../../lib/oci/index.js'

export const ID = '0123456789abcdef'.repeat(4)
export const root = { uid: 0, gid: 0, additionalGids: [], home: '/root' }
export const app = { uid: 1000, gid: 1000, additionalGids: [44], home: '/home/app' }
export const idRange = { base: 1_000_000, size: 65_536 }
export const MIB = 1024 * 1024
export const sandbox = { isolation: 'sandbox' }

export function make(options: object = {}, input: Partial<SpecInput> = {}): RuntimeSpec {
  const spec = parseContainerSpec({ image: 'x', command: ['true'], ...options })
  return toRuntimeSpec({ spec, rootfs: { mounts: [] }, user: root, id: ID, idRange, ...input })
}

export function mountAt(spec: RuntimeSpec, destination: string): RuntimeMount | undefined {
  return spec.mounts?.find((mount) => mount.destination === destination)
}

export function namespaces(spec: RuntimeSpec): Record<string, string> {
  return Object.fromEntries((spec.linux?.namespaces ?? []).map(({ type, path }) => [type, path ?? 'new']))
}
