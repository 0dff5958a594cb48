import type { ContainerSpec } from '../../container/types.js'
import { CommandError } from '../parse/error.js'
import type { FlagValues } from '../parse/flags.js'
import { environmentOf, labelsOf } from './environment.js'
import { healthCheckOf, healthFlags } from './health.js'
import { isolationFlags } from './isolation.js'
import { limitFlags } from './limits.js'
import { loggingFlags } from './logging.js'
import { networkFlags } from './network.js'
import { commandFlags, processFlags } from './process.js'
import type { SpecFlags } from './row.js'
import { storageFlags } from './storage.js'

export { environmentOf } from './environment.js'
export { liveLimitFlags } from './limits.js'
export { runFlags } from './process.js'

/** The flags of `create`, and those that `run` shares with it. */
export const createFlags = {
  ...processFlags, ...commandFlags, ...limitFlags, ...isolationFlags, ...storageFlags, ...networkFlags, ...loggingFlags, ...healthFlags,
} as const satisfies SpecFlags

export type CreateValues = FlagValues<typeof createFlags>

/** Puts the values of flags that were given into `spec`, each by its own row of the table. */
export function fillFromTable<Spec extends object>(spec: Spec, table: SpecFlags, flags: Record<string, unknown>, given: ReadonlySet<string>): Spec {
  for (const [name, row] of Object.entries(table)) {
    if (!given.has(name)) continue
    if (row.field) (spec as Record<string, unknown>)[row.field] = flags[name]
    else row.fill?.(spec as unknown as ContainerSpec, flags[name] as never)
  }
  return spec
}

/** What the command line of run and create asks for. The first argument is the image, what follows its command. */
export function containerSpec(flags: CreateValues, given: ReadonlySet<string>, args: readonly string[]): ContainerSpec {
  const [image, ...command] = args as [string, ...string[]]
  if (image === '') throw new CommandError('invalid reference format: the name of the image is empty', 125)
  const spec: ContainerSpec = fillFromTable({ image, lifetime: 'detached' }, createFlags, flags, given)
  if (command.length > 0) spec.command = command
  if (given.has('env') || given.has('env-file')) spec.env = environmentOf(flags['env-file'], flags.env)
  if (given.has('label') || given.has('label-file')) spec.labels = labelsOf(flags['label-file'], flags.label)
  const health = healthCheckOf(flags)
  if (health !== undefined) spec.healthcheck = health
  if (spec.autoRemove && spec.restart && spec.restart !== 'no') throw new CommandError('conflicting options: cannot specify both --restart and --rm', 125)
  return spec
}
