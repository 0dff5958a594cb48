/** The door to the SDK: opened only by commands that need it, so that help and bad command lines cost nothing. */
import type { Engine } from '../engine/index.js'
import type { ListOptions } from '../container/list.js'
import type { ContainerInfo } from '../container/types.js'

export type { Attachment, Container } from '../container/index.js'
export type { Engine } from '../engine/index.js'
export type { Image, ImageFilters } from '../image/index.js'

export interface RootOptions {
  root?: string | undefined
  runRoot?: string | undefined
}

export async function openEngine({ root, runRoot }: RootOptions): Promise<Engine> {
  const { Engine } = await import('../engine/index.js')
  return Engine.open({ ...(root === undefined ? {} : { root }), ...(runRoot === undefined ? {} : { runRoot }) })
}

/**
 * What `Container.list` knows, without the engine: what reads options, images and layers need not be loaded to show which containers
 * there are, and that is three quarters of the time that `gantry ps` would take.
 */
export async function listContainers({ root, runRoot }: RootOptions, options: ListOptions): Promise<ContainerInfo[]> {
  const [{ openStore }, list] = await Promise.all([import('../store/index.js'), import('../container/list.js')])
  return list.listContainers(openStore({ ...(root === undefined ? {} : { root }), ...(runRoot === undefined ? {} : { runRoot }) }), options)
}
