import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { ioError, type Store, systemCode } from '../../store/index.js'
import { imagesDirectory } from '../records.js'
import { usedImages } from '../usage.js'
import { group, hosts, nsswitch, passwd, profile } from './accounts.js'
import { copyPublic, takenFromHost } from './copy.js'
import type { HostFacts } from './facts.js'

/** Empty directories of the tree with their modes. */
const emptyDirectories: Record<string, number> = {
  usr: 0o755, etc: 0o755, tmp: 0o1777, root: 0o700, home: 0o755, run: 0o755, proc: 0o555, sys: 0o555, dev: 0o755, mnt: 0o755, media: 0o755, opt: 0o755, srv: 0o755,
  var: 0o755, 'var/tmp': 0o1777, 'var/log': 0o755, 'var/lib': 0o755, 'var/cache': 0o755, 'var/spool': 0o755, 'var/mail': 0o755, 'var/opt': 0o755,
}

const abandonedAfterMs = 3_600_000

/**
 * Where the layer of a host image is. It is made on the way of a start, which does not wait for the disk, so a power cut may leave it torn. Its name
 * has the boot it was made in: after the next one it is made anew, which takes some milliseconds. Nothing that runs has a layer of an earlier boot.
 */
export function hostLayerPath(store: Store, fingerprint: string): string {
  return `${imagesDirectory(store)}/host-${fingerprint.slice(0, 16)}-${bootMark(store)}`
}

function bootMark(store: Store): string {
  return store.bootId.slice(0, 8)
}

/** Make the layer of the host image unless it is there. Several processes may do so at once. */
export function ensureHostLayer(store: Store, facts: HostFacts): string {
  const place = hostLayerPath(store, facts.fingerprint)
  if (existsSync(place)) return place
  let temporary = ''
  try {
    temporary = mkdtempSync(`${imagesDirectory(store)}/.host-`)
    build(temporary, facts)
    renameSync(temporary, place)
  } catch (error) {
    if (temporary) rmSync(temporary, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) return place
    throw ioError('Cannot make the host image', error)
  }
  pruneHostLayers(store, facts.fingerprint)
  return place
}

/** Delete the layers of earlier boots, those of earlier states of the host that no container uses, and what interrupted builds left. */
export function pruneHostLayers(store: Store, current: string): void {
  const names = readdirSync(imagesDirectory(store))
  const currentPath = hostLayerPath(store, current)
  const used = usedImages(store)
  for (const name of names) {
    const path = `${imagesDirectory(store)}/${name}`
    if (name.startsWith('.host-') && Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > abandonedAfterMs) rmSync(path, { recursive: true, force: true })
    const [, fingerprint, boot] = /^host-([0-9a-f]{16})(?:-([0-9a-f]{8}))?$/.exec(name) ?? []
    if (fingerprint === undefined || path === currentPath) continue
    const inUse = (boot === undefined || boot === bootMark(store)) && [...used.keys()].some((id) => id.startsWith(`sha256:${fingerprint}`))
    if (!inUse) rmSync(path, { recursive: true, force: true })
  }
}

function build(tree: string, facts: HostFacts): void {
  chmodSync(tree, 0o755)
  for (const [name, mode] of Object.entries(emptyDirectories)) {
    mkdirSync(`${tree}/${name}`)
    chmodSync(`${tree}/${name}`, mode)
  }
  for (const path of facts.directories) mkdirSync(`${tree}${path}`, { mode: 0o755 })
  for (const { name, target } of facts.links) symlinkSync(target, `${tree}/${name}`)
  symlinkSync('../run', `${tree}/var/run`)
  symlinkSync('../run/lock', `${tree}/var/lock`)
  const files = { passwd, group, nsswitch: nsswitch, hosts, profile }
  for (const [name, text] of Object.entries(files)) writePublic(`${tree}/etc/${name === 'nsswitch' ? 'nsswitch.conf' : name}`, text)
  writePublic(`${tree}/etc/hostname`, 'host\n')
  writePublic(`${tree}/etc/resolv.conf`, '')
  symlinkSync('/proc/self/mounts', `${tree}/etc/mtab`)
  for (const name of takenFromHost) copyPublic(`/etc/${name}`, `${tree}/etc/${name}`)
}

function writePublic(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx' })
  chmodSync(path, 0o644)
}
