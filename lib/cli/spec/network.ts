import { isIP } from 'node:net'
import type { ContainerSpec } from '../../container/types.js'
import { comesWith, record, type SpecFlags } from './row.js'

/** The container's network and its names. */
export const networkFlags = {
  'add-host': { kind: 'list', help: 'Add a custom host-to-IP mapping (host:ip)', check: parseHost, fill: (spec: ContainerSpec, values: string[]) => (spec.extraHosts = record(values.map(parseHost))) },
  dns: { kind: 'list', help: 'Set custom DNS servers', check: address, field: 'dns' },
  'dns-option': { kind: 'list', help: 'Set DNS options', aliases: ['dns-opt'], hidden: true, check: comesWith('networks') },
  'dns-search': { kind: 'list', help: 'Set custom DNS search domains', hidden: true, check: comesWith('networks') },
  expose: { kind: 'list', help: 'Expose a port or a range of ports', hidden: true, check: comesWith('networks') },
  ip: { kind: 'string', help: 'IPv4 address (e.g., 172.30.100.104)', hidden: true, check: comesWith('networks') },
  ip6: { kind: 'string', help: 'IPv6 address (e.g., 2001:db8::33)', hidden: true, check: comesWith('networks') },
  link: { kind: 'list', help: 'Add link to another container', hidden: true, check: comesWith('networks') },
  'mac-address': { kind: 'string', help: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)', hidden: true, check: comesWith('networks') },
  network: { kind: 'string', aliases: ['net'], help: 'Connect a container to a network (none|host|container:<name|id>)', values: ['none', 'host'], check: networkMode, field: 'network' },
  'network-alias': { kind: 'list', aliases: ['net-alias'], help: 'Add network-scoped alias for the container', hidden: true, check: comesWith('networks') },
  publish: { kind: 'list', short: 'p', help: "Publish a container's port(s) to the host", check: comesWith('networks') },
  'publish-all': { kind: 'bool', short: 'P', help: 'Publish all exposed ports to random ports', check: (text: string) => text === 'false' || comesWith('networks')(text) },
} as const satisfies SpecFlags

function networkMode(text: string): void {
  if (text === 'none' || text === 'host' || /^container:./.test(text)) return
  throw new Error(`networks such as '${text}' come in a later version of gantry; use none, host or container:<name|id>`)
}

function address(text: string): void {
  if (isIP(text) === 0) throw new Error(`${text} is not an ip address`)
}

/** 'HOST:IP' or 'HOST=IP'; an IPv6 address may stand in brackets. */
export function parseHost(text: string): [string, string] {
  const [, host, ip] = /^([^=:]+)[=:](.+)$/.exec(text) ?? []
  if (host === undefined || ip === undefined) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`)
  const bare = ip.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0 && bare !== 'host-gateway') throw new Error(`invalid IP address in add-host: ${JSON.stringify(ip)}`)
  return [host, bare]
}
