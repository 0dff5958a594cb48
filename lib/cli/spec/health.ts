import type { HealthCheck } from '../../container/types.js'
import { CommandError } from '../parse/error.js'
import type { FlagValues } from '../parse/flags.js'
import type { SpecFlags } from './row.js'

export const healthFlags = {
  'health-cmd': { kind: 'string', help: 'Command to run to check health' },
  'health-interval': { kind: 'duration', help: 'Time between running the check (ms|s|m|h)', shown: '0s' },
  'health-on-failure': { kind: 'string', help: 'What to do when it turns unhealthy (none|kill|restart|stop)', values: ['none', 'kill', 'restart', 'stop'], check: reaction },
  'health-retries': { kind: 'int', help: 'Consecutive failures needed to report unhealthy' },
  'health-start-interval': { kind: 'duration', help: 'Time between running the check during the start period (ms|s|m|h)', shown: '0s' },
  'health-start-period': { kind: 'duration', help: 'Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)', shown: '0s' },
  'health-timeout': { kind: 'duration', help: 'Maximum time to allow one check to run (ms|s|m|h)', shown: '0s' },
  'no-healthcheck': { kind: 'bool', help: 'Disable any container-specified HEALTHCHECK' },
} as const satisfies SpecFlags

function reaction(text: string): void {
  if (!['none', 'kill', 'restart', 'stop'].includes(text)) throw new Error('use none, kill, restart or stop')
}

/** The health check that the flags ask for; undefined leaves the image's. A value of 0 means the default, as in docker. */
export function healthCheckOf(flags: FlagValues<typeof healthFlags>): HealthCheck | false | undefined {
  const command = flags['health-cmd']
  const fields: Partial<HealthCheck> = {}
  const set = <Name extends keyof HealthCheck>(name: Name, value: HealthCheck[Name] | undefined) => {
    if (value !== undefined && value !== 0) fields[name] = value
  }
  for (const name of ['health-interval', 'health-timeout', 'health-start-period', 'health-start-interval', 'health-retries'] as const) {
    if ((flags[name] ?? 0) < 0) throw new CommandError(`--${name} cannot be negative`, 125)
  }
  set('interval', flags['health-interval'])
  set('timeout', flags['health-timeout'])
  set('retries', flags['health-retries'])
  set('startPeriod', flags['health-start-period'])
  set('startInterval', flags['health-start-interval'])
  set('onUnhealthy', flags['health-on-failure'] as HealthCheck['onUnhealthy'])
  const asked = Boolean(command) || Object.keys(fields).length > 0
  if (flags['no-healthcheck']) {
    if (asked) throw new CommandError('--no-healthcheck conflicts with --health-* options', 125)
    return false
  }
  if (!asked) return undefined
  // Without a command the image's own is checked, at these times.
  return { ...fields, ...(command ? { command } : {}) }
}
