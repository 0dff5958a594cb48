import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync, constants } from 'node:fs'
import { syncFilesystem } from '../../native/index.js'
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

/** Where the layer of a host image is. */
export function hostLayerPath(store: Store, fingerprint: string): string {
  return `${imagesDirectory(store)}/host-${fingerprint.slice(0, 16)}`
}

/** Make the layer of the host image unless it is there. Several processes may do so at once. */
export function ensureHostLayer(store: Store, facts: HostFacts): string {
  const place = hostLayerPath(store, facts.fingerprint)
  if (existsSync(place)) return place
  let temporary = ''
  try {
    temporary = mkdtempSync(`${imagesDirectory(store)}/.host-`)
    build(temporary, facts)
    const descriptor = openSync(temporary, constants.O_RDONLY | constants.O_DIRECTORY)
    syncFilesystem(descriptor)
    closeSync(descriptor)
    renameSync(temporary, place)
  } catch (error) {
    if (temporary) rmSync(temporary, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) return place
    throw ioError('Cannot make the host image', error)
  }
  pruneHostLayers(store, facts.fingerprint)
  return place
}

/** Delete the layers of earlier states of the host that no container uses, and what interrupted builds left. */
export function pruneHostLayers(store: Store, current: string): void {
  const names = readdirSync(imagesDirectory(store))
  const used = usedImages(store)
  for (const name of names) {
    const path = `${imagesDirectory(store)}/${name}`
    if (name.startsWith('.host-') && Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > abandonedAfterMs) rmSync(path, { recursive: true, force: true })
    if (!/^host-[0-9a-f]{16}$/.test(name) || name === `host-${current.slice(0, 16)}`) continue
    const inUse = [...used.keys()].some((id) => id.startsWith(`sha256:${name.slice(5)}`))
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
