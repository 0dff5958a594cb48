import { createHash } from 'node:crypto'
import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs'

/** Raised when what a generated layer contains changes. */
const generation = 1

/** Directories of the root that belong to the system: links into /usr on a merged system, real directories on others. */
const systemDirectories = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'libo32']

/** What the layer depends on; when the status of one of these changes, it is made anew. */
const watched = ['/etc/ld.so.cache', '/etc/os-release', '/usr/lib/os-release', '/etc/alternatives', '/etc/ssl/certs', '/etc/ssl/certs/ca-certificates.crt', '/etc/pki/ca-trust', '/etc/localtime']

export interface HostFacts {
  /** 64 hexadecimal digits. */ fingerprint: string
  /** Links to make in the root: name and target. */ links: { name: string; target: string }[]
  /** Directories of the host to bind read-only, besides /usr. */ directories: string[]
}

/** Look at the host's system. */
export function hostFacts(root = '/'): HostFacts {
  const links: HostFacts['links'] = []
  const directories: string[] = []
  for (const name of systemDirectories) {
    const status = lstatSync(`${root}${name}`, { throwIfNoEntry: false })
    if (status?.isSymbolicLink()) links.push({ name, target: readlinkSync(`${root}${name}`) })
    else if (status?.isDirectory()) directories.push(`${root}${name}`)
  }
  const hash = createHash('sha256').update(JSON.stringify([generation, links, directories, glance(root)]))
  return { fingerprint: hash.digest('hex'), links, directories }
}

/** The cheap part of the fingerprint: as long as it stays the same the facts do. */
export function glance(root = '/'): string {
  let text = ''
  for (const path of watched) text += mark(statSync(`${root}${path.slice(1)}`, { throwIfNoEntry: false }))
  return text
}

function mark(status: Stats | undefined): string {
  return status ? `${status.ino}:${status.size}:${status.mtimeMs};` : ';'
}
