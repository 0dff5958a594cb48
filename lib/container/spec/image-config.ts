/** What a container runs: its options over the image's configuration, merged by Docker's rules. */
import { GantryError } from '../../errors/index.js'
import type { ImageHealthcheck, ImageRunConfig } from '../../oci/index.js'
import { signalName, signalNumber } from '../../oci/index.js'
import type { NormalisedHealthCheck, NormalisedSpec } from '../options.js'

/** Times are milliseconds. */
export interface MergedHealthCheck {
  /** An argument list; a text has been given to the shell. */
  command: string[]
  intervalMs: number
  timeoutMs: number
  retries: number
  startPeriodMs: number
  startIntervalMs: number
  onUnhealthy: 'none' | 'kill' | 'restart' | 'stop'
}

export interface MergedConfig {
  entrypoint: string[]
  command: string[]
  /** Both together: what is executed. Never empty. */
  args: string[]
  /** The variables of the options, then those of the image that they do not name; undefined: taken away. */
  env: ReadonlyMap<string, string | undefined>
  workdir: string
  /** '' for root. */
  user: string
  labels: Record<string, string>
  /** Such as `SIGTERM`. */
  stopSignal: string
  healthcheck?: MergedHealthCheck
}

const EMPTY: ImageRunConfig = {}
const DEFAULT_SHELL = ['/bin/sh', '-c']

export function mergeImageConfig(spec: NormalisedSpec, image: ImageRunConfig = EMPTY): MergedConfig {
  const { entrypoint, command } = mergedCommand(spec, image)
  const args = [...entrypoint, ...command]
  if (args.length === 0 || args[0] === '') {
    throw new GantryError('ERR_INVALID_OPTION', `no command was given, and the image ${spec.image} names none`, {
      hint: "give a command, such as ['sh']",
    })
  }
  return {
    entrypoint,
    command,
    args,
    env: mergedEnv(spec.env, image.Env),
    workdir: spec.workdir ?? imageWorkdir(image.WorkingDir),
    user: spec.user ?? image.User ?? '',
    labels: { ...image.Labels, ...spec.labels },
    stopSignal: spec.stopSignal ?? imageStopSignal(spec.image, image.StopSignal),
    healthcheck: mergedHealth(spec.healthcheck, image),
  }
}

/** An entrypoint of the options takes the image's command away, for it was meant for the image's entrypoint; an empty one only clears the entrypoint. */
function mergedCommand(spec: NormalisedSpec, image: ImageRunConfig): { entrypoint: string[]; command: string[] } {
  const own = spec.command?.length ? spec.command : undefined
  if (spec.entrypoint?.length) return { entrypoint: spec.entrypoint, command: own ?? [] }
  return { entrypoint: spec.entrypoint ?? image.Entrypoint ?? [], command: own ?? image.Cmd ?? [] }
}

function mergedEnv(own: NormalisedSpec['env'], image: readonly string[] = []): Map<string, string | undefined> {
  const merged = new Map<string, string | undefined>()
  if (own) for (const name of Object.keys(own)) merged.set(name, own[name] ?? undefined)
  for (const entry of image) {
    const at = entry.indexOf('=')
    if (at <= 0) continue
    const name = entry.slice(0, at)
    if (!own || !Object.hasOwn(own, name)) merged.set(name, entry.slice(at + 1))
  }
  return merged
}

/** Docker reads a relative one from the root. */
function imageWorkdir(path: string | undefined): string {
  if (!path) return '/'
  return path.startsWith('/') ? path : `/${path}`
}

function imageStopSignal(image: string, signal: string | undefined): string {
  if (!signal) return 'SIGTERM'
  try {
    return signalName(signalNumber(signal))
  } catch (cause) {
    throw new GantryError('ERR_IMAGE_INVALID', `the image ${image} has the stop signal '${signal}', which is none`, {
      hint: 'name one with the option stopSignal',
      cause,
    })
  }
}

const DEFAULTS = { interval: 30_000, timeout: 30_000, retries: 3, startPeriod: 0, startInterval: 5000 } as const

function mergedHealth(
  own: NormalisedHealthCheck | false | undefined,
  image: ImageRunConfig,
): MergedHealthCheck | undefined {
  if (own === false) return undefined
  const inherited = image.Healthcheck
  const command = own?.command !== undefined ? ownProbe(own.command, image.Shell) : imageProbe(inherited, image.Shell)
  if (!command) return undefined
  return {
    command,
    intervalMs: own?.interval ?? milliseconds(inherited?.Interval) ?? DEFAULTS.interval,
    timeoutMs: own?.timeout ?? milliseconds(inherited?.Timeout) ?? DEFAULTS.timeout,
    retries: own?.retries ?? (inherited?.Retries || DEFAULTS.retries),
    startPeriodMs: own?.startPeriod ?? milliseconds(inherited?.StartPeriod) ?? DEFAULTS.startPeriod,
    startIntervalMs: own?.startInterval ?? milliseconds(inherited?.StartInterval) ?? DEFAULTS.startInterval,
    onUnhealthy: own?.onUnhealthy ?? 'none',
  }
}

function ownProbe(command: string[] | string, shell = DEFAULT_SHELL): string[] {
  return typeof command === 'string' ? [...shell, command] : command
}

function imageProbe(health: ImageHealthcheck | undefined, shell = DEFAULT_SHELL): string[] | undefined {
  const [kind, ...rest] = health?.Test ?? []
  if (kind === 'CMD' && rest.length > 0) return rest
  return kind === 'CMD-SHELL' && rest.length > 0 ? [...shell, rest.join(' ')] : undefined
}

/** Docker's nanoseconds, where 0 is "not said". */
function milliseconds(nanoseconds: number | undefined): number | undefined {
  return nanoseconds ? Math.max(1, Math.round(nanoseconds / 1e6)) : undefined
}
