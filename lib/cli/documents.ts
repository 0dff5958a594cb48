import type { Engine } from './sdk.js'

/** docker's document of a container, for inspect; with `size`, also the bytes that it has written. */
export async function containerDocument(engine: Engine, name: string, size = false): Promise<object> {
  const container = await engine.Container.get(name)
  const { inspectDocument, layerSize } = await import('../container/index.js')
  const { store } = engine.Container
  const document = inspectDocument(store, container.id)
  return size ? { ...document, SizeRw: layerSize(store, container.id) } : document
}

/** docker's document of an image. */
export async function imageDocument(engine: Engine, name: string): Promise<object> {
  const image = await engine.Image.get(name)
  const { id, tags, digest, createdAt, author, comment, os, architecture, variant, sizeBytes, config, layers } = await image.inspect()
  return {
    Id: id,
    RepoTags: tags,
    RepoDigests: digest === null ? [] : tags.map((tag) => `${tag.replace(/:[^/:]*$/, '')}@${digest}`),
    Comment: comment,
    ...(createdAt === null ? {} : { Created: createdAt.toISOString() }),
    Author: author,
    Config: config,
    Architecture: architecture,
    ...(variant === '' ? {} : { Variant: variant }),
    Os: os,
    Size: sizeBytes,
    GraphDriver: { Data: { LowerDir: layers.map(({ path }) => path).reverse().join(':') }, Name: 'overlay' },
    RootFS: { Type: 'layers', Layers: layers.map(({ diffId }) => diffId) },
  }
}
