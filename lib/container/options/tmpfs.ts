/** The options of a tmpfs, in Docker's grammar: `rw,noexec,size=64m,mode=1777`. */

import { mountTarget } from './paths.js'
import { mapOf, type Reader, Refusal, shown, text } from './refusal.js'

/** Flags that undo each other; the last one given holds. */
// biome-ignore format: pairs
const OPPOSITES: Record<string, string> = {
  ro: 'rw', rw: 'ro', suid: 'nosuid', nosuid: 'suid', dev: 'nodev', nodev: 'dev', exec: 'noexec', noexec: 'exec', sync: 'async', async: 'sync',
  atime: 'noatime', noatime: 'atime', diratime: 'nodiratime', nodiratime: 'diratime', relatime: 'norelatime', norelatime: 'relatime',
  strictatime: 'nostrictatime', nostrictatime: 'strictatime',
}

const SETTINGS: Record<string, RegExp> = {
  size: /^\d+(?:[kmgtpe]|%)?$/i,
  mode: /^[0-7]{1,4}$/,
  uid: /^\d{1,10}$/,
  gid: /^\d{1,10}$/,
  nr_inodes: /^\d+[kmgtpe]?$/i,
  nr_blocks: /^\d+[kmgtpe]?$/i,
  mpol: /^[a-z]+(?:[:=][\w,-]+)*$/,
  huge: /^(?:never|always|within_size|advise)$/,
}

/** Docker's: what a tmpfs is unless it is told otherwise. */
const DEFAULTS = ['noexec', 'nosuid', 'nodev']

/** The defaults, then what was given; of two that undo each other and of two settings of one name the later one holds. */
export function mergeTmpfsOptions(given: readonly string[]): string[] {
  const merged: string[] = []
  for (const option of [...DEFAULTS, ...given]) {
    if (option === '' || option === 'defaults') continue
    const name = checked(option)
    const stale = merged.findIndex(
      (other) =>
        other === OPPOSITES[option] || other === option || (name !== undefined && other.startsWith(`${name}=`)),
    )
    if (stale >= 0) merged.splice(stale, 1)
    merged.push(option)
  }
  return merged
}

/** The name of a setting, undefined for a flag. */
function checked(option: string): string | undefined {
  if (Object.hasOwn(OPPOSITES, option)) return undefined
  const at = option.indexOf('=')
  const name = at < 0 ? option : option.slice(0, at)
  const grammar = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined
  if (!grammar) throw new Refusal(`must be options of a tmpfs such as 'size=64m,mode=1777,exec', not ${shown(option)}`)
  if (at < 0 || !grammar.test(option.slice(at + 1)))
    throw new Refusal(`has a wrong value in ${shown(option)} (expected one such as ${EXAMPLES[name]})`)
  return name
}

const EXAMPLES: Record<string, string> = {
  size: "'size=64m' or 'size=50%'",
  mode: "'mode=1777'",
  uid: "'uid=1000'",
  gid: "'gid=1000'",
  nr_inodes: "'nr_inodes=10k'",
  nr_blocks: "'nr_blocks=1000'",
  mpol: "'mpol=bind:0'",
  huge: "'huge=never'",
}

/** Target -> option text without defaults, checked; a list of targets is taken too. */
export const readTmpfs: Reader<Record<string, string>> = (value) => {
  const given = Array.isArray(value) ? Object.fromEntries(value.map(entry)) : value
  const read = mapOf((options) => {
    const value = text(options)
    mergeTmpfsOptions(value.split(','))
    return value
  })(given)
  return Object.fromEntries(Object.entries(read).map(([target, options]) => [mountTarget(target), options]))
}

/** `/run` or, as on Docker's command line, `/run:size=64m`. */
function entry(value: unknown): [string, string] {
  const given = text(value)
  const at = given.indexOf(':')
  return at < 0 ? [given, ''] : [given.slice(0, at), given.slice(at + 1)]
}
