import type { Engine } from './sdk.js'

/** docker's document of a container, for inspect. */
export async function containerDocument(engine: Engine, name: string): Promise<object> {
  const container = await engine.Container.get(name)
  const { dockerInspect } = await import('../container/docker-inspect.js')
  return dockerInspect(await container.inspect())
}

/** docker's document of an image. */
export async function imageDocument(engine: Engine, name: string): Promise<object> {
  const image = await engine.Image.get(name)
  return image.inspect()
}
