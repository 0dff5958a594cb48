/** What the engine's objects take on the disk. */
import { layerSize, listContainers } from '../container/index.js'
import { Image } from '../image/index.js'
import type { Store } from '../store/index.js'

export interface Usage {
  count: number
  /** In use by a running container (containers), or by any container (images). */ active: number
  bytes: number
  /** What prune would give back. */ reclaimableBytes: number
}

export interface DiskUsage {
  containers: Usage & { items: { id: string; name: string; image: string; status: string; bytes: number }[] }
  images: Usage & { items: { id: string; tags: string[]; bytes: number; containers: number }[] }
}

export async function diskUsage(store: Store): Promise<DiskUsage> {
  const BoundImage = class extends Image {
    static override get store(): Store {
      return store
    }
  }
  const infos = await listContainers(store, { all: true })
  const containers = infos.map(({ id, name, image, status }) => ({ id, name, image, status, bytes: layerSize(store, id) }))
  const images = await Promise.all(
    (await BoundImage.list()).map(async (image) => {
      const { sizeBytes, tags } = await image.inspect()
      return { id: image.id, tags: [...tags], bytes: sizeBytes, containers: infos.filter(({ imageId }) => imageId === image.id).length }
    }),
  )
  const live = (status: string) => status === 'running' || status === 'paused' || status === 'restarting'
  return {
    containers: { ...usage(containers, ({ status }) => live(status)), items: containers },
    images: { ...usage(images, (image) => image.containers > 0), items: images },
  }
}

function usage<Item extends { bytes: number }>(items: readonly Item[], isActive: (item: Item) => boolean): Usage {
  const sum = (list: readonly Item[]) => list.reduce((total, { bytes }) => total + bytes, 0)
  const idle = items.filter((item) => !isActive(item))
  return { count: items.length, active: items.length - idle.length, bytes: sum(items), reclaimableBytes: sum(idle) }
}
