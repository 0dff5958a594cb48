import type { ContainerInfo, Mount } from '../../container/types.js'
import { ago, ellipsis, goQuote, goTime, humanSize, type Listing, shortId, statusText } from '../format/index.js'

/** What `ps` shows, by docker's names. */
export const containerListing: Listing = {
  table: '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}',
  quiet: '{{.ID}}',
  headings: {
    ID: 'CONTAINER ID', Names: 'NAMES', Image: 'IMAGE', Command: 'COMMAND', CreatedAt: 'CREATED AT', RunningFor: 'CREATED', Ports: 'PORTS', State: 'STATE',
    Status: 'STATUS', Size: 'SIZE', Labels: 'LABELS', LocalVolumes: 'LOCAL VOLUMES', Mounts: 'MOUNTS', Networks: 'NETWORKS', Platform: 'PLATFORM',
  },
}

/** The table of `ps --size`. */
export const containerTableWithSize = `table ${containerListing.table}\t{{.Size}}`

/** Bytes of the writable layer, and of all layers. */
export interface ContainerSize { own: number; all: number }

/** One line of `ps`. Nothing is computed before a template asks for it. */
export function containerRow(info: ContainerInfo, whole: boolean, size?: ContainerSize): object {
  return {
    get ID() { return whole ? info.id : shortId(info.id) },
    get Names() { return info.name },
    get Image() { return info.image },
    get Command() { return goQuote(whole ? commandLine(info) : ellipsis(commandLine(info), 20)) },
    get CreatedAt() { return goTime(info.createdAt) },
    get RunningFor() { return ago(info.createdAt) },
    Ports: '',
    get State() { return info.status },
    get Status() { return statusText(info) },
    get Size() { return size ? `${humanSize(size.own)} (virtual ${humanSize(size.all)})` : '0B' },
    get Labels() { return Object.entries(info.labels).sort().map(([key, value]) => `${key}=${value}`).join(',') },
    LocalVolumes: '0',
    get Mounts() { return (info.spec.mounts ?? []).map((mount) => mountName(mount, whole)).join(',') },
    get Networks() { return info.spec.network ?? 'none' },
    Platform: null,
    Label: (name: unknown) => info.labels[String(name)] ?? '',
  }
}

/** The command as a shell would be told it, about. */
function commandLine({ command }: ContainerInfo): string {
  return command.map((word, i) => (i > 0 && word.includes(' ') ? `'${word}'` : word)).join(' ')
}

function mountName(mount: Mount, whole: boolean): string {
  const name = mount.type === 'bind' ? mount.source : mount.target
  return whole ? name : ellipsis(name, 15)
}
