import { GantryError } from '../errors/index.js'
import type { ImageConfig } from '../oci/index.js'
import type { Store } from '../store/index.js'
import { applyChanges } from './changes.js'
import { isHostName } from './host/index.js'
import { addLayer, type AddOptions, type LayerSource, readLayer } from './layer/index.js'
import { familiarName, parseReference, type Reference } from './reference.js'
import { type ImageRecord, withImages, writeImage, writeTag } from './records.js'

export interface ImportOptions extends AddOptions {
  /** 'repository' or 'repository:tag'. Without one the image is known by its id only. */ name?: string
  /** Dockerfile instructions, as `docker import --change` takes them. */ changes?: readonly string[]
  /** A comment for the history. */ message?: string
  /** 'linux/amd64', 'linux/arm64/v8', ... Default: this machine's. */ platform?: string
}

/** The machine's architecture in the words of OCI images. */
export function hostArchitecture(): string {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386' }
  return names[process.arch] ?? process.arch
}

/** Make an image of one layer from an archive or a directory. */
export async function importImage(store: Store, source: LayerSource, options: ImportOptions = {}): Promise<ImageRecord> {
  const reference = options.name === undefined ? undefined : parseImageName(options.name)
  const platform = parsePlatform(options.platform)
  const config = applyChanges({}, options.changes ?? [])
  if (options.signal?.aborted) throw new GantryError('ERR_ABORTED', 'The import of an image was aborted', { cause: options.signal.reason })
  for (;;) {
    const layer = await addLayer(store, source, options)
    const created = new Date().toISOString()
    const document: ImageConfig = {
      created,
      ...platform,
      config,
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created, comment: options.message ?? 'Imported by gantry' }],
    }
    const image = withImages(store, 'shared', () => {
      // A prune of another process may have come in between: nothing referred to the layer yet.
      if (!readLayer(store, layer.diffId)) return undefined
      const record = writeImage(store, document)
      if (reference) writeTag(store, reference, record.id)
      return record
    })
    if (!image && typeof source === 'string') continue
    if (!image) throw new GantryError('ERR_IO', 'The imported layer was removed while its image was made', { hint: 'import it again, not at the same time as a prune' })
    announce(store, image.id, reference)
    return image
  }
}

/** A name that an image can be given. */
export function parseImageName(name: string): Reference {
  const reference = parseReference(name)
  if (reference.digest) throw new GantryError('ERR_INVALID_OPTION', `${JSON.stringify(name)} has a digest; an image is given a name with a tag`)
  if (isHostName(familiarName(reference))) throw new GantryError('ERR_INVALID_OPTION', "The name 'host' belongs to the machine's own image", { hint: 'choose another name' })
  return reference
}

function parsePlatform(text: string | undefined): Pick<ImageConfig, 'os' | 'architecture' | 'variant'> {
  if (text === undefined) return { os: 'linux', architecture: hostArchitecture() }
  const match = /^(?:([a-z]+)\/)?([a-z0-9_]{1,32})(?:\/([a-z0-9.]{1,32}))?$/.exec(text)
  if (!match || (match[1] ?? 'linux') !== 'linux') throw new GantryError('ERR_INVALID_OPTION', `${JSON.stringify(text)} is not a platform that Gantry can run`, { hint: 'a platform looks like linux/amd64 or linux/arm64/v8' })
  return { os: 'linux', architecture: match[2]!, ...(match[3] ? { variant: match[3] } : {}) }
}

function announce(store: Store, id: string, reference: Reference | undefined): void {
  const name = reference ? familiarName(reference) : id
  store.journal.append({ type: 'image', action: 'import', id, attributes: { name } })
  if (reference) store.journal.append({ type: 'image', action: 'tag', id, attributes: { name } })
}
