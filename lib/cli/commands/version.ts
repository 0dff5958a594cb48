import { createRequire } from 'node:module'
import { release } from 'node:os'
import { printObject } from '../format/object.js'
import { defineCommand } from '../parse/command.js'

/** The version in package.json; this file lies two folders below it, compiled or not. */
export function packageVersion(): string {
  return (createRequire(import.meta.url)('../../../package.json') as { version: string }).version
}

export function versionLine(): string {
  return `Gantry version ${packageVersion()}`
}

const architectures: Record<string, string> = { x64: 'amd64' }

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: { format: { kind: 'string', short: 'f', help: "Format output using a custom template ('json' or a Go template)" } },
  async run({ flags, print }) {
    const facts = {
      Version: packageVersion(),
      NodeVersion: process.version,
      KernelVersion: release(),
      Os: 'linux',
      Arch: architectures[process.arch] ?? process.arch,
    }
    if (flags.format) return print(printObject({ Client: facts, Server: facts }, flags.format))
    print(['Gantry:', ` Version:           ${facts.Version}`, ` Node version:      ${facts.NodeVersion}`, ` Kernel version:    ${facts.KernelVersion}`, ` OS/Arch:           ${facts.Os}/${facts.Arch}`].join('\n'))
  },
})
