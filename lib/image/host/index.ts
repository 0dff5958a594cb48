import { existsSync } from 'node:fs'
import type { ImageConfig } from '../../oci/index.js'
import type { Store } from '../../store/index.js'
import { defaultPath, type Rootfs } from '../rootfs.js'
import { glance, hostFacts } from './facts.js'
import { ensureHostLayer } from './layer.js'

/** The name of the image that is always there. */
export const hostName = 'host'

/** What a container of the host image starts with. */
export const hostConfig: NonNullable<ImageConfig['config']> = { Env: [`PATH=${defaultPath}`], Cmd: ['/bin/sh'] }

/** How long the host's system is taken to be as it was seen, in milliseconds: looking costs more than a start should pay. */
const glanceEveryMs = 1000

let known: { glance: string; at: number; root: string; rootfs: Rootfs } | undefined

/** Whether a text names the host image. */
export function isHostName(text: string): boolean {
  return text === 'host' || text === 'host:latest'
}

/** The root file system of the host image; its layer is made when it is missing or when the host's system has changed. */
export function hostRootfs(store: Store): Rootfs {
  const at = performance.now()
  if (known?.root === store.root && existsSync(known.rootfs.layers[0]!)) {
    if (at - known.at < glanceEveryMs) return known.rootfs
    if (known.glance === glance()) {
      known.at = at
      return known.rootfs
    }
  }
  const now = glance()
  const facts = hostFacts()
  const layer = ensureHostLayer(store, facts)
  const directories = ['/usr', ...facts.directories]
  const rootfs: Rootfs = {
    imageId: `sha256:${facts.fingerprint}`,
    imageName: hostName,
    layers: [layer],
    mounts: directories.map((path) => ({ source: path, target: path, readOnly: true })),
    config: hostConfig,
  }
  known = { glance: now, at, root: store.root, rootfs }
  return rootfs
}

/** The configuration document of the host image. */
export function hostImageConfig(store: Store): { id: string; config: ImageConfig } {
  const { imageId } = hostRootfs(store)
  const architecture = ({ x64: 'amd64', ia32: '386' } as Record<string, string>)[process.arch] ?? process.arch
  return { id: imageId, config: { architecture, os: 'linux', config: hostConfig, rootfs: { type: 'layers', diff_ids: [] } } }
}
