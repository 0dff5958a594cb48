/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a container. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { ioError, type Store, writeAtomic } from '../store/index.js'
import type { ContainerRecord } from './disk/record.js'
import { type NormalisedSpec, sharedContainer } from './options.js'
import { containerHostname, type SpecInput } from './spec/index.js'

/**
 * The paths of the files, written when they are asked for. A job in a network of its own has nobody to look up, and keeps the image's files
 * unless names were asked for; a container that shares another's network has that one's files.
 */
export function containerFiles(store: Store, record: ContainerRecord, spec: NormalisedSpec): SpecInput['files'] {
  const wantsNames = spec.extraHosts !== undefined || spec.dns !== undefined || spec.hostname !== undefined
  if (record.streams === 'direct' && spec.network === 'none' && !wantsNames) return undefined
  const other = sharedContainer(spec.network)
  if (other !== undefined) return filesAt(`${store.containerDirectory(store.getContainer(other))}/files`)
  const directory = `${store.containerDirectory(record.id)}/files`
  if (!existsSync(`${directory}/hosts`)) write(directory, record, spec)
  return filesAt(directory)
}

function filesAt(directory: string): SpecInput['files'] {
  if (!existsSync(`${directory}/hosts`)) return undefined
  return { hosts: `${directory}/hosts`, hostname: `${directory}/hostname`, resolvConf: `${directory}/resolv.conf` }
}

function write(directory: string, record: ContainerRecord, spec: NormalisedSpec): void {
  const name = containerHostname(spec, record.id)
  const put = (file: string, text: string) => writeAtomic(`${directory}/${file}`, text, { mode: 0o644 })
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw ioError(`Cannot create ${directory}`, error, { path: directory, id: record.id })
  }
  put('hostname', `${name}\n`)
  put('resolv.conf', resolvConf(spec))
  put('hosts', hosts(spec, name))
}

function hosts(spec: NormalisedSpec, name: string): string {
  const extra = Object.entries(spec.extraHosts ?? {}).map(([host, address]) => `${address}\t${host}\n`)
  if (spec.network === 'host') return hostFile('/etc/hosts') + extra.join('')
  const full = spec.domainname === undefined ? name : `${name}.${spec.domainname} ${name}`
  return ['127.0.0.1\tlocalhost\n', '::1\tlocalhost ip6-localhost ip6-loopback\n', 'fe00::\tip6-localnet\n', 'ff02::1\tip6-allnodes\n', 'ff02::2\tip6-allrouters\n', `127.0.1.1\t${full}\n`, ...extra].join('')
}

function resolvConf(spec: NormalisedSpec): string {
  if (spec.dns !== undefined) return spec.dns.map((address) => `nameserver ${address}\n`).join('')
  return spec.network === 'host' ? hostFile('/etc/resolv.conf') : ''
}

/** A line must not run into the one that follows. */
function hostFile(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    return text === '' || text.endsWith('\n') ? text : `${text}\n`
  } catch {
    return ''
  }
}
