/** Whose namespaces a container has: its own, the host's, or another container's. */
import type { ContainerSpec } from '../types.js'
import { list, type Reader, Refusal, shown } from './refusal.js'

type Network = NonNullable<ContainerSpec['network']>
type Pid = NonNullable<ContainerSpec['pid']>
type Ipc = NonNullable<ContainerSpec['ipc']>

const PREFIX = 'container:'

/** The id or name in `container:<id>`. */
export function sharedContainer(mode: string | undefined): string | undefined {
  return mode?.startsWith(PREFIX) ? mode.slice(PREFIX.length) : undefined
}

function isOther(value: unknown): value is `container:${string}` {
  if (typeof value !== 'string' || !value.startsWith(PREFIX)) return false
  if (value.length === PREFIX.length) throw new Refusal("must name a container behind 'container:'")
  return true
}

const BRIDGES_COME_LATER = {
  code: 'ERR_NOT_SUPPORTED',
  hint: "network: 'host' shares the host's network, so a server in the container is reached at its own port",
} as const

export const readNetwork: Reader<Network> = (value) => {
  if (value === 'none' || value === 'host' || isOther(value)) return value
  if (typeof value !== 'string' || value === '') {
    throw new Refusal(`must be 'none', 'host' or 'container:<id>', not ${shown(value)}`)
  }
  throw new Refusal(
    `cannot be ${shown(value)} yet: bridge networks are not in this version (possible: 'none', 'host', 'container:<id>')`,
    BRIDGES_COME_LATER,
  )
}

/** Only the empty list: publishing needs a bridge. */
export const readPorts: Reader<(number | string)[]> = (value) => {
  const ports = list((port) => {
    if (typeof port === 'number' || typeof port === 'string') return port
    throw new Refusal(`must be a port such as 8080 or '8080:80', not ${shown(port)}`)
  })(value)
  if (ports.length === 0) return ports
  throw new Refusal(
    'cannot be given yet: published ports come with bridge networks, which are not in this version',
    BRIDGES_COME_LATER,
  )
}

export const readPid: Reader<Pid> = (value) => {
  if (value === 'host' || isOther(value)) return value
  throw new Refusal(`must be 'host' or 'container:<id>' (or left out, for its own), not ${shown(value)}`)
}

export const readIpc: Reader<Ipc> = (value) => {
  if (value === 'private' || value === 'host' || value === 'shareable' || value === 'none' || isOther(value))
    return value
  throw new Refusal(`must be 'private', 'host', 'shareable', 'none' or 'container:<id>', not ${shown(value)}`)
}

/** false, null and an empty list ask for none. */
export const readGpus: Reader<undefined> = (value) => {
  if (value === false || value === null || value === '' || (Array.isArray(value) && value.length === 0))
    return undefined
  throw new Refusal('cannot be given yet: GPUs are not in this version', {
    code: 'ERR_NOT_SUPPORTED',
    hint: "a device of the host can be given as it is: devices: ['/dev/nvidia0', '/dev/nvidiactl', '/dev/nvidia-uvm']",
  })
}
