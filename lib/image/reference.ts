import { GantryError } from '../errors/index.js'

/** An image name in full: 'docker.io/library/bb:latest'. */
export interface Reference {
  /** 'docker.io', 'localhost:5000', ... */ registry: string
  /** 'library/bb' */ repository: string
  /** Absent when only a digest was given. */ tag?: string
  /** 'sha256:...' */ digest?: string
}

const defaultRegistry = 'docker.io'
const longest = 255

const host = /^(?:localhost|(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/
const digestGrammar = /^sha256:[0-9a-f]{64}$/
const bareId = /^[0-9a-f]{64}$/

/** Parse an image name as Docker does: bb, bb:latest and docker.io/library/bb:latest are one. ERR_INVALID_OPTION says what is wrong. */
export function parseReference(text: unknown): Reference {
  if (typeof text !== 'string' || text === '') throw refusal(text, 'it is empty', 'name an image, such as debian:12')
  if (text.length > 2 * longest) throw refusal(text, `it is longer than ${longest} characters`)
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  if (digest !== undefined && !digestGrammar.test(digest)) throw refusal(text, 'the digest after @ is not sha256: and 64 hexadecimal digits')
  const beforeDigest = at < 0 ? text : text.slice(0, at)
  const colon = beforeDigest.lastIndexOf(':')
  const hasTag = colon > beforeDigest.lastIndexOf('/')
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest
  if (tag !== undefined && !tagGrammar.test(tag)) throw refusal(text, `the tag ${shorten(tag)} is not 1 to 128 letters, digits, _ . -`)
  if (bareId.test(name)) throw refusal(text, 'a name cannot be 64 hexadecimal digits, which is an id')
  const { registry, repository } = splitName(name)
  checkName(text, registry, repository)
  return { registry, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest }
}

/** The one way to write a reference: 'docker.io/library/bb:latest'. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`
  return `${reference.registry}/${reference.repository}${tag}${digest}`
}

/** The short way that people write and Docker prints: 'bb:latest', 'user/app:1', 'localhost:5000/x:latest'. */
export function familiarName(reference: Reference): string {
  return formatReference(reference).replace(/^docker\.io\/(?:library\/(?=[^/]+$))?/, '')
}

function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const registry = isHost ? (first === 'index.docker.io' ? defaultRegistry : first) : defaultRegistry
  const rest = isHost ? name.slice(slash + 1) : name
  return { registry, repository: registry === defaultRegistry && !rest.includes('/') ? `library/${rest}` : rest }
}

function checkName(text: string, registry: string, repository: string): void {
  if (!host.test(registry)) throw refusal(text, `${shorten(registry)} is not the name of a registry`)
  if (registry.length + repository.length + 1 > longest) throw refusal(text, `it is longer than ${longest} characters`)
  for (const part of repository.split('/')) {
    if (component.test(part)) continue
    const why = part === '' ? 'a part of it is empty' : part === part.toLowerCase() ? `${shorten(part)} is not lower-case letters and digits with single . _ or - between them` : 'it has upper-case letters'
    throw refusal(text, why)
  }
}

function refusal(text: unknown, reason: string, hint = 'image names look like debian:12, user/app:1.0 or registry.example.com:5000/app@sha256:...'): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `${typeof text === 'string' ? JSON.stringify(shorten(text)) : String(text)} is not an image name: ${reason}`, { hint })
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
