import { readdirSync, statSync } from 'node:fs'
import { GantryError } from '../errors/index.js'
import { isId, isIdPrefix, shortId } from './ids.js'
import type { NameKind, Names } from './names.js'

/** The ids that have a directory below `directory`. */
export function listIds(directory: string): string[] {
  return readdirSync(directory).filter(isId)
}

/**
 * The id that a user means by a full id, a name or the beginning of an id, in this order (Docker's), among the objects that have a directory
 * in one of `directories`. undefined when there is none; ERR_AMBIGUOUS_ID when the beginning fits several.
 */
export function findId(directories: readonly string[], names: Names, kind: NameKind, reference: string): string | undefined {
  const exists = (id: string) => directories.some((directory) => statSync(`${directory}/${id}`, { throwIfNoEntry: false }) !== undefined)
  if (isId(reference) && exists(reference)) return reference
  const named = names.lookup(kind, reference)
  if (named !== undefined && exists(named)) return named
  if (!isIdPrefix(reference)) return undefined
  return onlyOne(reference, [...new Set(directories.flatMap(listIds))].filter((id) => id.startsWith(reference)))
}

/** The one that an id prefix fits; ERR_AMBIGUOUS_ID when there are several. */
export function onlyOne(prefix: string, fitting: readonly string[]): string | undefined {
  if (fitting.length < 2) return fitting[0]
  const shown = fitting.slice(0, 4).map(shortId).join(', ')
  throw new GantryError('ERR_AMBIGUOUS_ID', `The id ${prefix} fits ${fitting.length} objects: ${shown}${fitting.length > 4 ? ', ...' : ''}`, {
    hint: 'give more digits of the id, or the name',
  })
}
