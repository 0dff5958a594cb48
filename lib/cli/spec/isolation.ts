import type { ContainerSpec } from '../../container/types.js'
import { comesWith, keyValue, record, type SpecFlags } from './row.js'

/** What the container may do and see. */
export const isolationFlags = {
  'cap-add': { kind: 'list', help: 'Add Linux capabilities', field: 'capAdd' },
  'cap-drop': { kind: 'list', help: 'Drop Linux capabilities', field: 'capDrop' },
  'cgroup-parent': { kind: 'string', help: 'Optional parent cgroup for the container', hidden: true, check: comesWith('cgroup parents') },
  cgroupns: { kind: 'string', help: 'Cgroup namespace to use (host|private)', values: ['host', 'private'], check: oneOf('cgroup namespace', ['host', 'private']), field: 'cgroupns' },
  device: { kind: 'list', help: 'Add a host device to the container', check: notCdi, field: 'devices' },
  'device-cgroup-rule': { kind: 'list', help: 'Add a rule to the cgroup allowed devices list', field: 'deviceCgroupRules' },
  domainname: { kind: 'string', help: 'Container NIS domain name', field: 'domainname' },
  gpus: { kind: 'string', word: 'gpu-request', help: "GPU devices to add to the container ('all' to pass all GPUs)", check: comesWith('GPUs') },
  hostname: { kind: 'string', short: 'h', help: 'Container host name', field: 'hostname' },
  ipc: { kind: 'string', help: 'IPC mode to use', check: oneOf('IPC mode', ['private', 'host', 'shareable', 'none'], true), field: 'ipc' },
  isolation: { kind: 'string', help: 'Container isolation preset (sandbox|compat)', shown: '"compat"', values: ['sandbox', 'compat'], check: oneOf('isolation', ['sandbox', 'compat']), field: 'isolation' },
  pid: { kind: 'string', help: 'PID namespace to use', check: oneOf('PID mode', ['host'], true), field: 'pid' },
  privileged: { kind: 'bool', help: 'Give extended privileges to this container', field: 'privileged' },
  runtime: { kind: 'string', help: 'Runtime to use for this container', hidden: true, check: comesWith('other runtimes') },
  'security-opt': { kind: 'list', help: 'Security Options', field: 'securityOpt' },
  sysctl: { kind: 'list', word: 'map', help: 'Sysctl options', check: sysctl, fill: (spec: ContainerSpec, values: string[]) => (spec.sysctls = record(values.map(keyValue))) },
  userns: { kind: 'string', help: 'User namespace to use', values: ['host', 'private'], check: oneOf('user namespace', ['host', 'private']), field: 'userns' },
  uts: { kind: 'string', help: 'UTS namespace to use', check: oneOf('UTS mode', ['host']), field: 'uts' },
} as const satisfies SpecFlags

function oneOf(what: string, words: readonly string[], containers = false): (text: string) => void {
  return (text) => {
    if (words.includes(text) || (containers && /^container:./.test(text))) return
    const all = containers ? [...words, 'container:<name|id>'] : words
    throw new Error(`invalid ${what}; use ${all.join(', ')}`)
  }
}

function notCdi(text: string): void {
  if (/^[\w.-]+\/[\w.-]+=./.test(text)) comesWith('CDI devices')(text)
}

function sysctl(text: string): void {
  const [name] = keyValue(text)
  if (name === '' || !text.includes('=')) throw new Error(`sysctl '${text}' must be a key=value pair`)
}
