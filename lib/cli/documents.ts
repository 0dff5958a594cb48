import type { Engine } from './sdk.js'

/** docker's document of a container, for inspect. */
export async function containerDocument(engine: Engine, name: string): Promise<object> {
  const container = await engine.Container.get(name)
  return container.inspect()
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
