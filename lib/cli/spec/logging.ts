import type { ContainerSpec } from '../../container/types.js'
import { parseBytes } from '../parse/numbers.js'
import { keyValue, type SpecFlags } from './row.js'

type Log = NonNullable<ContainerSpec['log']>

/** Where the container's output is kept. docker's names for files on this machine mean our own log file. */
const drivers: Record<string, Log['driver']> = { file: 'file', 'json-file': 'file', local: 'file', none: 'none' }

export const loggingFlags = {
  'log-driver': { kind: 'string', help: 'Logging driver for the container (file|none)', values: ['file', 'none'], check: logDriver, fill: (spec: ContainerSpec, value: string) => (spec.log = { ...spec.log, driver: logDriver(value) }) },
  'log-opt': { kind: 'list', help: 'Log driver options (max-size, max-file)', check: logOption, fill: (spec: ContainerSpec, values: string[]) => (spec.log = Object.assign({ ...spec.log }, ...values.map(logOption))) },
} as const satisfies SpecFlags

function logDriver(text: string): Log['driver'] {
  const driver = Object.hasOwn(drivers, text) ? drivers[text] : undefined
  if (driver === undefined) throw new Error("gantry keeps logs in files; use 'file' or 'none'")
  return driver
}

function logOption(text: string): Log {
  const [name, value] = keyValue(text)
  if (name === 'max-size') return { maxSize: parseBytes(value) }
  if (name === 'max-file') {
    if (!/^[1-9][0-9]*$/.test(value)) throw new Error(`invalid value for max-file: ${value}`)
    return { maxFiles: Number(value) }
  }
  throw new Error(`unknown log opt '${name}'; use max-size and max-file`)
}
