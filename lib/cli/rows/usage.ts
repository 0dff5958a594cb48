import { humanSize, type Listing } from '../format/index.js'

export const usageListing: Listing = {
  table: '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
  quiet: '{{.Type}}',
  headings: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
}

/** What one kind of thing takes on the disk. */
export interface Usage { count: number; active: number; bytes: number; reclaimableBytes: number }

const titles = { images: 'Images', containers: 'Containers', volumes: 'Local Volumes', buildCache: 'Build Cache' } as const

export function usageRows(usage: Partial<Record<keyof typeof titles, Usage>>): object[] {
  const nothing: Usage = { count: 0, active: 0, bytes: 0, reclaimableBytes: 0 }
  return (Object.keys(titles) as (keyof typeof titles)[]).map((kind) => {
    const { count, active, bytes, reclaimableBytes } = usage[kind] ?? nothing
    const share = bytes > 0 ? ` (${Math.trunc((reclaimableBytes * 100) / bytes)}%)` : ''
    return { Type: titles[kind], TotalCount: String(count), Active: String(active), Size: humanSize(bytes, 4), Reclaimable: `${humanSize(reclaimableBytes, 4)}${share}` }
  })
}
