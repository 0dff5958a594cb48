/** Real programs of Debian, used as their users use them. Debian and the programs are fetched and installed once for all of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from './command.js'
import { type Debian, openDebian } from './debian.js'
import { servers } from './servers.js'
import { terminal } from './terminal.js'
import { tools } from './tools.js'

let debian: Debian
beforeAll(async () => {
  debian = await openDebian()
}, 600_000)
afterAll(() => debian.close(), 120_000)

describe('apt-get', () => {
  it('installs packages in a container, by the network and the resolver of the host', () => {
    const { exitCode, stdout, stderr } = debian.installation
    expect({ exitCode, stderr }, stdout.slice(-4000)).toMatchObject({ exitCode: 0 })
    expect(stdout).toContain('Setting up nginx')
    expect(stdout).toContain('Setting up redis-server')
  })
})

tools(() => debian)
servers(() => debian)
terminal(() => debian)
command(() => debian)
