import { readFileSync } from 'node:fs'
import type { Store } from '../store/index.js'

/** The images that containers are made from: id of the image -> ids of the containers. */
export function usedImages(store: Store): Map<string, string[]> {
  const used = new Map<string, string[]>()
  for (const container of store.containerIds()) {
    const image = imageOf(`${store.containerDirectory(container)}/config.json`)
    if (image !== undefined) used.set(image, [...(used.get(image) ?? []), container])
  }
  return used
}

function imageOf(path: string): string | undefined {
  try {
    const { imageId } = JSON.parse(readFileSync(path, 'utf8')) as { imageId?: unknown }
    return typeof imageId === 'string' ? imageId : undefined
  } catch {
    return undefined // It is just being made or removed.
  }
}
