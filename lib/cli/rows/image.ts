import { ago, ellipsis, goTime, humanSize, type Listing, shortId } from '../format/index.js'

export const imageListing: Listing = {
  table: '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}',
  quiet: '{{.ID}}',
  headings: {
    ID: 'IMAGE ID', Repository: 'REPOSITORY', Tag: 'TAG', Digest: 'DIGEST', CreatedSince: 'CREATED', CreatedAt: 'CREATED AT', Size: 'SIZE',
    Containers: 'CONTAINERS', VirtualSize: 'SIZE', SharedSize: 'SHARED SIZE', UniqueSize: 'UNIQUE SIZE',
  },
}

export const imageTableWithDigests = 'table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}'

/** What a line of `images` is made of. */
export interface ImageFacts {
  id: string
  /** 'repository:tag', or null for an image without a name. */ reference: string | null
  digest: string | null
  createdAt: Date | null
  size: number
  containers?: number
}

export function imageRow(facts: ImageFacts, whole: boolean): object {
  const [repository, tag] = splitReference(facts.reference)
  return {
    get ID() { return whole ? facts.id : shortId(facts.id) },
    Repository: repository,
    Tag: tag,
    get Digest() { return facts.digest ?? '<none>' },
    get CreatedSince() { return facts.createdAt ? ago(facts.createdAt) : 'N/A' },
    get CreatedAt() { return facts.createdAt ? goTime(facts.createdAt) : 'N/A' },
    get Size() { return humanSize(facts.size) },
    get VirtualSize() { return humanSize(facts.size, 4) },
    get Containers() { return facts.containers === undefined ? 'N/A' : String(facts.containers) },
    SharedSize: 'N/A',
    UniqueSize: 'N/A',
  }
}

/** 'docker.io/library/debian:12' is shown as 'debian' and '12'. */
export function splitReference(reference: string | null): [string, string] {
  if (reference === null) return ['<none>', '<none>']
  const colon = reference.lastIndexOf(':')
  const tagged = colon > reference.lastIndexOf('/')
  const name = (tagged ? reference.slice(0, colon) : reference).replace(/^docker\.io\/(library\/)?/, '')
  return [name, tagged ? reference.slice(colon + 1) : '<none>']
}

export const historyListing: Listing = {
  table: '{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}',
  quiet: '{{.ID}}',
  headings: { ID: 'IMAGE', CreatedSince: 'CREATED', CreatedAt: 'CREATED AT', CreatedBy: 'CREATED BY', Size: 'SIZE', Comment: 'COMMENT' },
}

export interface HistoryFacts { id: string | null; createdAt: Date | null; createdBy: string; size: number; comment: string }

export function historyRow(facts: HistoryFacts, whole: boolean, human: boolean): object {
  const createdBy = facts.createdBy.replaceAll('\t', ' ')
  return {
    get ID() { return facts.id === null ? '<missing>' : whole ? facts.id : shortId(facts.id) },
    get CreatedSince() { return facts.createdAt ? (human ? ago(facts.createdAt) : facts.createdAt.toISOString()) : 'N/A' },
    get CreatedAt() { return facts.createdAt?.toISOString().replace('.000Z', 'Z') ?? 'N/A' },
    get CreatedBy() { return whole ? createdBy : ellipsis(createdBy, 45) },
    get Size() { return human ? humanSize(facts.size) : String(facts.size) },
    get Comment() { return facts.comment },
  }
}
