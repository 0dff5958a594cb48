/** The door to the SDK: opened only by commands that need it, so that help and bad command lines cost nothing. */
import type { Engine } from '../engine/index.js'

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
