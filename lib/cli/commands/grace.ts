import type { Flags, FlagValues } from '../parse/flags.js'

/** The flags of what ends a container in good order. */
export const graceFlags = {
  signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
  timeout: { kind: 'int', short: 't', aliases: ['time'], help: 'Seconds to wait before killing the container' },
} as const satisfies Flags

/** A negative time waits for ever, as in docker. */
export function graceOf(flags: FlagValues<typeof graceFlags>): { killSignal?: string; timeout?: number } {
  return {
    ...(flags.signal === undefined ? {} : { killSignal: flags.signal }),
    ...(flags.timeout === undefined ? {} : { timeout: flags.timeout < 0 ? Number.POSITIVE_INFINITY : flags.timeout * 1000 }),
  }
}
