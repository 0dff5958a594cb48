/** The machine and the engine in numbers. */
import { readFileSync } from 'node:fs'
import { arch, cpus, hostname, release, totalmem } from 'node:os'
import { listContainers } from '../container/index.js'
import { Image } from '../image/index.js'
import { cgroupLayout } from '../launch/index.js'
import type { Store } from '../store/index.js'

export interface EngineInfo {
  version: string
  root: string
  runRoot: string
  containers: { total: number; running: number; paused: number; stopped: number }
  images: number
  hostname: string
  kernel: string
  operatingSystem: string
  architecture: string
  cpus: number
  memoryBytes: number
  /** 'v1', 'v2', or 'hybrid' (v1 controllers beside a v2 tree). */ cgroups: 'v1' | 'v2' | 'hybrid'
  rootless: boolean
}

export async function engineInfo(store: Store): Promise<EngineInfo> {
  const infos = await listContainers(store, { all: true })
  const count = (...statuses: string[]) => infos.filter(({ status }) => statuses.includes(status)).length
  const BoundImage = class extends Image {
    static override get store(): Store {
      return store
    }
  }
  const layout = cgroupLayout()
  return {
    version: version(),
    root: store.root,
    runRoot: store.runRoot,
    containers: { total: infos.length, running: count('running', 'restarting'), paused: count('paused'), stopped: count('created', 'exited', 'dead') },
    images: (await BoundImage.list()).length,
    hostname: hostname(),
    kernel: release(),
    operatingSystem: operatingSystem(),
    architecture: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    cgroups: layout.unified === undefined ? 'v1' : layout.legacy.size > 0 ? 'hybrid' : 'v2',
    rootless: process.geteuid?.() !== 0,
  }
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}

function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  } catch {
    return 'Linux'
  }
}
