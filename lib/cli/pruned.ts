import { CommandError } from './parse/error.js'
import { filtersOf } from './format/index.js'

/** The filters of the prune commands, as the SDK takes them. */
export function pruneFilters(texts: readonly string[]): { label?: string[]; until?: string } {
  const { label, until, ...rest } = filtersOf(texts)
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new CommandError(`invalid filter '${unknown}'`, 1, 'the filters are label and until')
  return { ...(label ? { label } : {}), ...(until ? { until: until.at(-1)! } : {}) }
}

/** What docker prints of images that were removed. */
export function deletedImages({ untagged, deleted }: { untagged: readonly string[]; deleted: readonly string[] }): string[] {
  if (untagged.length + deleted.length === 0) return []
  return ['Deleted Images:', ...untagged.map((name) => `untagged: ${name}`), ...deleted.map((id) => `deleted: ${id}`), '']
}
