import { chmodSync, chownSync, constants, copyFileSync, lchownSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * What the host image takes over from the host's /etc: tables that programs of /usr read, none of which can hold a secret. Anything that is
 * not listed stays out, and of what is listed whatever not everybody can read.
 */
export const takenFromHost = [
  'alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'os-release', 'debian_version', 'redhat-release', 'fedora-release', 'system-release', 'alpine-release', 'arch-release', 'lsb-release',
  'ssl/certs', 'ssl/cert.pem', 'ssl/openssl.cnf', 'ca-certificates', 'ca-certificates.conf', 'pki/tls/certs', 'pki/tls/cert.pem', 'pki/ca-trust/extracted', 'crypto-policies',
  'localtime', 'timezone', 'locale.conf', 'locale.alias', 'mime.types', 'services', 'protocols', 'ethertypes', 'rpc', 'networks', 'host.conf', 'gai.conf', 'shells', 'inputrc', 'magic', 'magic.mime',
  'terminfo', 'fonts', 'perl', 'python3', 'java', 'java-11-openjdk', 'java-17-openjdk', 'java-21-openjdk', 'groff', 'manpath.config', 'bindresvport.blacklist', 'xattr.conf', 'glvnd', 'vulkan', 'OpenCL',
]

const mostDepth = 12
const largestFile = 16 * 1024 * 1024

/** Copy a file, a link or a directory with all below it; links are copied as links. Files become root's, and readable and not writable by others. */
export function copyPublic(from: string, to: string, depth = 0): void {
  const status = lstatSync(from, { throwIfNoEntry: false })
  if (!status || depth > mostDepth) return
  if (status.isSymbolicLink()) {
    mkdirSync(dirname(to), { recursive: true })
    symlinkSync(readlinkSync(from), to)
    lchownSync(to, owner(), owner())
    lutimesSync(to, status.atime, status.mtime)
  } else if (status.isDirectory() && (status.mode & 0o005) === 0o005) {
    mkdirSync(to, { recursive: true, mode: 0o755 })
    for (const name of readdirSync(from)) copyPublic(`${from}/${name}`, `${to}/${name}`, depth + 1)
  } else if (status.isFile() && (status.mode & 0o004) === 0o004 && status.size <= largestFile) {
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    chownSync(to, owner(), owner())
    chmodSync(to, status.mode & 0o111 ? 0o755 : 0o644)
    lutimesSync(to, status.atime, status.mtime)
  }
}

function owner(): number {
  return process.geteuid?.() === 0 ? 0 : -1
}
