import { isAbsolute } from 'node:path'
import type { ContainerSpec } from '../../container/types.js'
import { parseMount, parseVolume } from './mounts.js'
import { comesWith, record, type SpecFlags } from './row.js'

/** The container's files. */
export const storageFlags = {
  mount: { kind: 'list', word: 'mount', help: 'Attach a filesystem mount to the container', check: parseMount, fill: (spec: ContainerSpec, values: string[]) => addMounts(spec, values.map(parseMount)) },
  'read-only': { kind: 'bool', help: "Mount the container's root filesystem as read only", field: 'readOnly' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs directory', check: parseTmpfs, fill: (spec: ContainerSpec, values: string[]) => (spec.tmpfs = record(values.map(parseTmpfs))) },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a directory or a file', check: parseVolume, fill: (spec: ContainerSpec, values: string[]) => addMounts(spec, values.map(parseVolume)) },
  'volume-driver': { kind: 'string', help: 'Optional volume driver for the container', hidden: true, check: comesWith('volumes') },
  'volumes-from': { kind: 'list', help: 'Mount volumes from the specified container(s)', hidden: true, check: comesWith('volumes') },
} as const satisfies SpecFlags

function addMounts(spec: ContainerSpec, mounts: NonNullable<ContainerSpec['mounts']>): void {
  spec.mounts = [...(spec.mounts ?? []), ...mounts]
}

/** 'TARGET[:OPTIONS]', as the target and mount's options. */
export function parseTmpfs(text: string): [string, string] {
  const colon = text.indexOf(':')
  const target = colon < 0 ? text : text.slice(0, colon)
  if (!isAbsolute(target)) throw new Error(`invalid tmpfs: '${text}' mount path must be absolute`)
  return [target, colon < 0 ? '' : text.slice(colon + 1)]
}
