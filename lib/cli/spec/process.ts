import type { ContainerSpec } from '../../container/types.js'
import { checkKeys } from '../terminal/keys.js'
import { parseVariable } from './environment.js'
import { keyValue, record, type SpecFlags } from './row.js'

/** What runs, as whom, and how it is kept running. */
export const processFlags = {
  annotation: { kind: 'list', word: 'map', help: 'Add an annotation to the container', check: pair('annotation'), fill: (spec: ContainerSpec, values: string[]) => (spec.annotations = record(values.map(keyValue))) },
  entrypoint: { kind: 'string', help: 'Overwrite the default ENTRYPOINT of the image', fill: (spec: ContainerSpec, value: string) => (spec.entrypoint = value === '' ? [] : [value]) },
  env: { kind: 'list', short: 'e', help: 'Set environment variables', check: (text: string) => parseVariable(text) },
  'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
  'group-add': { kind: 'list', help: 'Add additional groups to join', field: 'groupAdd' },
  init: { kind: 'bool', help: 'Run an init inside the container that forwards signals and reaps processes', field: 'init' },
  interactive: { kind: 'bool', short: 'i', help: 'Keep STDIN open even if not attached', field: 'stdinOpen' },
  label: { kind: 'list', short: 'l', help: 'Set meta data on a container' },
  'label-file': { kind: 'list', help: 'Read in a line delimited file of labels' },
  name: { kind: 'string', help: 'Assign a name to the container', field: 'name' },
  restart: { kind: 'string', help: 'Restart policy to apply when a container exits', default: 'no', values: ['no', 'always', 'unless-stopped', 'on-failure'], field: 'restart' },
  rm: { kind: 'bool', help: 'Automatically remove the container when it exits', field: 'autoRemove' },
  'stop-signal': { kind: 'string', help: 'Signal to stop the container', field: 'stopSignal' },
  'stop-timeout': { kind: 'int', help: 'Timeout (in seconds) to stop a container', fill: (spec: ContainerSpec, value: number) => (spec.stopTimeout = value * 1000) },
  tty: { kind: 'bool', short: 't', help: 'Allocate a pseudo-TTY', field: 'tty' },
  user: { kind: 'string', short: 'u', help: 'Username or UID (format: <name|uid>[:<group|gid>])', field: 'user' },
  workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container', field: 'workdir' },
} as const satisfies SpecFlags

/** How the command itself behaves; none of these reaches the container. */
export const commandFlags = {
  attach: { kind: 'list', short: 'a', help: 'Attach to STDIN, STDOUT or STDERR', check: streamName },
  cidfile: { kind: 'string', help: 'Write the container ID to the file' },
  'disable-content-trust': { kind: 'bool', default: true, help: 'Skip image verification', hidden: true },
  platform: { kind: 'string', help: 'Platform of the image (this machine can run its own only)', check: platform },
  pull: { kind: 'string', default: 'missing', help: 'Pull image before running ("always", "missing", "never")', values: ['always', 'missing', 'never'], check: pull },
  quiet: { kind: 'bool', short: 'q', help: 'Suppress the pull output' },
} as const satisfies SpecFlags

/** What `run` has more than `create`. */
export const runFlags = {
  detach: { kind: 'bool', short: 'd', help: 'Run container in background and print container ID' },
  'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container', check: checkKeys },
  'sig-proxy': { kind: 'bool', default: true, help: 'Proxy received signals to the process' },
} as const satisfies SpecFlags

function pair(what: string): (text: string) => void {
  return (text) => {
    if (keyValue(text)[0] === '' || !text.includes('=')) throw new Error(`invalid ${what}: ${text}`)
  }
}

function streamName(text: string): void {
  if (!['stdin', 'stdout', 'stderr'].includes(text.toLowerCase())) throw new Error('valid streams are STDIN, STDOUT and STDERR')
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' }

function platform(text: string): void {
  const machine = architectures[process.arch] ?? process.arch
  const [system, architecture = machine] = text.split('/')
  if (system !== 'linux' || architecture !== machine) throw new Error(`this machine runs linux/${machine}`)
}

function pull(text: string): void {
  if (!['always', 'missing', 'never'].includes(text)) throw new Error(`invalid pull option: '${text}': must be one of "always", "missing" or "never"`)
  if (text === 'always') throw new Error('pulling comes in a later version of gantry')
}
