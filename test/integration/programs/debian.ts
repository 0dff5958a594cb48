/** An engine with a Debian in which real programs have been installed, as a user would: apt-get in a container, then an image of the result. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine, type RunOptions, type RunResult } from '../../../lib/index.js'
import { leftovers, settled } from '../container/busybox.js'
import { debianRoot } from '../image/debian-root.js'

const packages = ['nginx-light', 'redis-server', 'gcc', 'libc6-dev', 'python3', 'git', 'sudo', 'procps']

export interface Debian {
  engine: Engine
  /** Roots, for the command. */ environment: { GANTRY_ROOT: string; GANTRY_RUN_ROOT: string }
  /** What apt-get said. */ installation: RunResult
  /** A shell script in the image with the programs. */ shell(script: string, options?: RunOptions): Promise<RunResult>
  close(): Promise<void>
}

export const image = 'programs'

export async function openDebian(): Promise<Debian> {
  const base = mkdtempSync(join(tmpdir(), 'gantry-programs-'))
  const [root, runRoot] = [join(base, 'root'), join(base, 'run')]
  const engine = await Engine.open({ root, runRoot })
  await engine.Image.import(debianRoot(), { name: 'debian' })
  const installer = await engine.Container.run({
    image: 'debian',
    network: 'host',
    init: true,
    command: ['sleep', 'infinity'],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  })
  const installation = await installer.exec([
    'sh',
    '-c',
    `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} && apt-get clean`,
  ])
  if (installation.exitCode === 0) await engine.Image.import(await installer.export(), { name: image })
  await installer.remove({ force: true })
  return {
    engine,
    environment: { GANTRY_ROOT: root, GANTRY_RUN_ROOT: runRoot },
    installation,
    shell: async (script, options) => await engine.run(image, ['sh', '-c', script], options),
    async close() {
      for (const container of await engine.Container.list({ all: true })) await container.remove({ force: true })
      await settled(runRoot)
      const left = leftovers(root, runRoot)
      await engine.close()
      rmSync(base, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`)
    },
  }
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
