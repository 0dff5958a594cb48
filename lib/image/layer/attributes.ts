import { setXattr, setXattrAt } from '../../native/index.js'
import { systemCode } from '../../store/index.js'
import { invalidArchive, type TarEntry } from '../tar/index.js'

const longestValue = 65536
const mostAttributes = 128

/** File systems may lack them, and links and devices cannot have all of them: an image works without. */
const tolerated = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'EINVAL'])

/**
 * Whether an extended attribute of an archive is kept. trusted.* would speak to overlayfs, security.* to the host's policy (selinux, ima), and
 * system.* are ACLs that name the host's users; file capabilities and what is the user's own stay.
 */
export function isKeptAttribute(name: string): boolean {
  if (name === 'security.capability') return true
  return name.startsWith('user.') && !name.startsWith('user.overlay.') && name.length <= 255 && !name.includes('\0')
}

/** Put the attributes of a member on a held file, or on a name in a held directory. */
export function applyAttributes(entry: TarEntry, target: number, name?: Buffer): void {
  if (entry.xattrs.size === 0) return
  if (entry.xattrs.size > mostAttributes) throw invalidArchive(`it has more than ${mostAttributes} extended attributes`, entry.name)
  for (const [attribute, value] of entry.xattrs) {
    if (!isKeptAttribute(attribute)) continue
    if (attribute === 'security.capability' && entry.type !== 'file') continue
    if (value.length > longestValue) throw invalidArchive(`its extended attribute ${attribute} is too long`, entry.name)
    try {
      if (name) setXattrAt(target, name, attribute, value)
      else setXattr(target, attribute, value)
    } catch (error) {
      if (!tolerated.has(systemCode(error) ?? '')) throw error
    }
  }
}
