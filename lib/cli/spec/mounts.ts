import { isAbsolute, resolve } from 'node:path'
import type { Mount } from '../../container/types.js'
import { parseBoolean, parseBytes } from '../parse/numbers.js'

type Bind = Extract<Mount, { type: 'bind' }>
type Propagation = NonNullable<Bind['propagation']>

const propagations = new Set<string>(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
const volumesLater = 'volumes come in a later version of gantry; bind a directory instead'

/** docker's -v: 'SOURCE:TARGET[:OPTIONS]'. The source is made as a directory when it is missing, as docker does. */
export function parseVolume(text: string): Mount {
  const parts = text.split(':')
  if (parts.length > 3 || parts.some((part) => part === '')) throw new Error(`invalid volume specification: '${text}'`)
  const [source, target, options = ''] = parts as [string, string?, string?]
  if (target === undefined) throw new Error(`${volumesLater} ('${text}' is an anonymous volume)`)
  if (!/^(\/|\.{1,2}(\/|$))/.test(source)) throw new Error(`${volumesLater} ('${source}' is the name of a volume)`)
  if (!isAbsolute(target)) throw new Error(`invalid mount path: '${target}' mount path must be absolute`)
  const mount: Bind = { type: 'bind', source: resolve(source), target, createSource: true }
  for (const option of options.split(',').filter(Boolean)) {
    if (option === 'ro' || option === 'readonly') mount.readOnly = true
    else if (option === 'rw') mount.readOnly = false
    else if (propagations.has(option)) mount.propagation = option as Propagation
    // Labels for SELinux and hints for other systems change nothing here.
    else if (!['z', 'Z', 'cached', 'delegated', 'consistent', 'nocopy'].includes(option)) throw new Error(`invalid mode: ${option}`)
  }
  return mount
}

/** docker's --mount: 'type=bind,source=/a,target=/b,readonly'. */
export function parseMount(text: string): Mount {
  const fields = new Map<string, string | undefined>()
  for (const field of splitFields(text)) {
    const equals = field.indexOf('=')
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase()
    const value = equals < 0 ? undefined : field.slice(equals + 1)
    const name = synonyms[key] ?? key
    if (value === undefined && !flags.has(name)) throw new Error(`invalid field '${field}' must be a key=value pair`)
    if (!known.has(name)) throw new Error(`unexpected key '${key}' in '${field}'`)
    fields.set(name, value)
  }
  const type = fields.get('type') ?? 'volume'
  const target = fields.get('target')
  if (!target) throw new Error('target is required')
  for (const key of fields.keys()) {
    const owner = /^(bind|tmpfs|volume|image)-/.exec(key)?.[1]
    if (owner && owner !== type) throw new Error(`cannot mix '${owner}-*' options with mount type '${type}'`)
  }
  if (type === 'bind') return bindOf(fields, target)
  if (type === 'tmpfs') return tmpfsOf(fields, target)
  throw new Error(type === 'volume' ? volumesLater : `mounts of type '${type}' are not supported; use bind or tmpfs`)
}

const synonyms: Record<string, string> = { src: 'source', dst: 'target', destination: 'target', ro: 'readonly' }
const flags = new Set(['readonly', 'bind-nonrecursive', 'volume-nocopy', 'bind-create-src'])
const known = new Set([
  'type', 'source', 'target', 'readonly', 'consistency', 'bind-propagation', 'bind-nonrecursive', 'bind-recursive', 'bind-create-src',
  'tmpfs-size', 'tmpfs-mode', 'volume-driver', 'volume-label', 'volume-nocopy', 'volume-opt', 'volume-subpath', 'image-subpath',
])

/** The fields between commas; a quoted field keeps its commas, as in CSV. */
function splitFields(text: string): string[] {
  const fields: string[] = []
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gy
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!)
    if (pattern.lastIndex >= text.length) break
  }
  return fields
}

function flag(fields: Map<string, string | undefined>, name: string): boolean {
  if (!fields.has(name)) return false
  const value = fields.get(name)
  try {
    return value === undefined || parseBoolean(value)
  } catch {
    throw new Error(`invalid value for ${name}: ${value}`)
  }
}

function bindOf(fields: Map<string, string | undefined>, target: string): Mount {
  const source = fields.get('source')
  if (!source) throw new Error('source is required for a bind mount')
  const mount: Bind = { type: 'bind', source: resolve(source), target }
  if (flag(fields, 'readonly')) mount.readOnly = true
  if (flag(fields, 'bind-create-src')) mount.createSource = true
  if (flag(fields, 'bind-nonrecursive')) mount.recursive = false
  const recursive = fields.get('bind-recursive')
  if (recursive === 'disabled') mount.recursive = false
  else if (recursive && !['enabled', 'writable', 'readonly'].includes(recursive)) {
    throw new Error(`invalid value for bind-recursive: ${recursive} (must be "enabled", "disabled", "writable", or "readonly")`)
  }
  const propagation = fields.get('bind-propagation')
  if (propagation !== undefined) {
    if (!propagations.has(propagation)) throw new Error(`invalid propagation mode: ${propagation}`)
    mount.propagation = propagation as Propagation
  }
  return mount
}

function tmpfsOf(fields: Map<string, string | undefined>, target: string): Mount {
  if (fields.has('source')) throw new Error('a tmpfs mount has no source')
  const mount: Extract<Mount, { type: 'tmpfs' }> = { type: 'tmpfs', target }
  const [size, mode] = [fields.get('tmpfs-size'), fields.get('tmpfs-mode')]
  if (size !== undefined) mount.size = parseBytes(size)
  if (mode !== undefined) {
    if (!/^[0-7]{1,4}$/.test(mode)) throw new Error(`invalid value for tmpfs-mode: ${mode}`)
    mount.mode = Number.parseInt(mode, 8)
  }
  if (flag(fields, 'readonly')) mount.readOnly = true
  return mount
}
