/** Mounts of the user: bind mounts of the host's files, and tmpfs. */
import { z } from 'zod'
import type { Mount } from '../types.js'
import { absolutePath, mountTarget } from './paths.js'
import { sizeField } from './quantities.js'
import { field, list, Refusal, strict, text } from './refusal.js'
import { mergeTmpfsOptions } from './tmpfs.js'

export interface NormalisedBind {
  type: 'bind'
  /** Absolute. */
  source: string
  target: string
  readOnly: boolean
  recursive: boolean
  propagation: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'
  /** Make a missing source as a directory, as docker's -v does. */
  createSource: boolean
  /** Show the files with the container's ids. undefined: as the isolation has it (a sandbox does). */
  idmap?: boolean
}

export interface NormalisedTmpfs {
  type: 'tmpfs'
  target: string
  size?: number
  /** Permission bits. */
  mode?: number
  readOnly: boolean
  options: string[]
}

export type NormalisedMount = NormalisedBind | NormalisedTmpfs

const OF_BIND = ['source', 'recursive', 'propagation', 'createSource', 'idmap'] as const
const OF_TMPFS = ['size', 'mode', 'options'] as const

const mountMembers = strict({
  type: field<Mount['type']>((value) => {
    if (value === 'bind' || value === 'tmpfs') return value
    if (value === 'volume') {
      throw new Refusal("cannot be 'volume' yet: volumes are not in this version", {
        code: 'ERR_NOT_SUPPORTED',
        hint: "mount a directory of the host: { type: 'bind', source, target }",
      })
    }
    throw new Refusal("must be 'bind' or 'tmpfs'")
  }),
  target: field<string>(mountTarget),
  source: field<string>(absolutePath).optional(),
  readOnly: z.boolean().optional(),
  recursive: z.boolean().optional(),
  propagation: z.enum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']).optional(),
  createSource: z.boolean().optional(),
  idmap: z.boolean().optional(),
  size: sizeField().optional(),
  mode: z.number().int().min(0).max(0o7777).optional(),
  options: field<string[]>(list(text)).optional(),
})

type MountMembers = z.output<typeof mountMembers>

function normalised(mount: MountMembers, context: z.RefinementCtx): NormalisedMount {
  const foreign = (mount.type === 'bind' ? OF_TMPFS : OF_BIND).find((name) => mount[name] !== undefined)
  const problem = foreign ? `has '${foreign}', which a ${mount.type} mount does not take` : missing(mount)
  if (problem) {
    context.issues.push({ code: 'custom', message: problem, input: mount })
    return z.NEVER
  }
  const { target, readOnly = false } = mount
  if (mount.type === 'bind') {
    const { source, recursive = true, createSource = false, idmap } = mount
    const propagation = mount.propagation ?? (recursive ? 'rprivate' : 'private')
    return {
      type: 'bind',
      source: source!,
      target,
      readOnly,
      recursive,
      propagation,
      createSource,
      ...(idmap === undefined ? {} : { idmap }),
    }
  }
  const { size, mode, options = [] } = mount
  return {
    type: 'tmpfs',
    target,
    readOnly,
    options,
    ...(size === undefined ? {} : { size }),
    ...(mode === undefined ? {} : { mode }),
  }
}

function missing(mount: MountMembers): string | undefined {
  if (mount.type === 'bind' && mount.source === undefined) return "needs a 'source': the path on the host"
  if (mount.type !== 'tmpfs' || !mount.options) return undefined
  try {
    mergeTmpfsOptions(mount.options)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

export const mountSchema: z.ZodType<NormalisedMount, Mount> = mountMembers.transform(
  normalised,
) as unknown as z.ZodType<NormalisedMount, Mount>
