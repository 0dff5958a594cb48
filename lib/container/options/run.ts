/** The options of run() and of exec(). */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { GantryError } from '../../errors/index.js'
import type { ContainerSpec } from '../types.js'
import {
  completed,
  concluded,
  containerShape,
  type NormalisedSpec,
  type SpecDefaults,
  strictLimits,
} from './container.js'
import { readCommand, readEnv, readUser } from './identity.js'
import { parseWith } from './parse.js'
import { absolutePath } from './paths.js'
import { sizeField } from './quantities.js'
import { field, ownMembers, Refusal, shown } from './refusal.js'
import { waitShape } from './waiting.js'

export type Input = string | Uint8Array | Readable

const input = field<Input>((value) => {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'object' && value !== null && typeof (value as Readable).pipe === 'function')
    return value as Readable
  throw new Refusal(`must be a text, bytes or a readable stream, not ${shown(value)}`)
})

const outputShape = {
  input: input.optional(),
  encoding: z.enum(['utf8', 'buffer']).optional(),
  maxBuffer: sizeField().optional(),
  check: z.boolean().optional(),
}

/** What run() takes, with its image and command. */
export const runOptionsSchema = z.strictObject({ ...containerShape, ...outputShape, ...waitShape })

const execShape = {
  ...outputShape,
  ...waitShape,
  env: field<NonNullable<ContainerSpec['env']>, Record<string, string | null>>(readEnv).optional(),
  workdir: field<string>(absolutePath).optional(),
  user: field<string>(readUser).optional(),
  tty: z.boolean().optional(),
  privileged: z.boolean().optional(),
  stdinOpen: z.boolean().optional(),
  detach: z.boolean().optional(),
  lifetime: z.enum(['process', 'detached']).optional(),
}

export const execOptionsSchema = z.strictObject(execShape)

interface NormalisedOutput {
  input?: Input
  encoding: 'utf8' | 'buffer'
  /** Bytes. */
  maxBuffer: number
  check: boolean
  signal?: AbortSignal
  /** Milliseconds; undefined: none. */
  timeout?: number
}

export interface NormalisedRun extends NormalisedOutput {
  spec: NormalisedSpec
}

export type NormalisedExec = NormalisedOutput &
  Omit<z.output<typeof execOptionsSchema>, keyof NormalisedOutput> & {
    command: string[]
    tty: boolean
    privileged: boolean
    stdinOpen: boolean
    detach: boolean
    lifetime: 'process' | 'detached'
  }

const MAX_BUFFER = 100 * 1024 * 1024

const runDefaults: SpecDefaults = { isolation: 'sandbox', lifetime: 'process', log: 'none', autoRemove: true }

/** Reads what run() was given. A job's `timeout` is its time limit; `limits: 'strict'` gives one too. */
export function parseRunOptions(image: string, command?: string[], options: unknown = {}): NormalisedRun {
  const given = ownMembers(options) as Record<string, unknown>
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new GantryError('ERR_INVALID_OPTION', `run(): the options must be an object, not ${shown(options)}`)
  }
  const twice = given.image !== undefined ? 'image' : given.command !== undefined ? 'command' : undefined
  if (twice)
    throw new GantryError(
      'ERR_INVALID_OPTION',
      `run(): '${twice}' is an argument of its own: run(image, command, options)`,
    )
  given.image = image
  if (command !== undefined) given.command = command
  return concluded('run()', () => {
    const { input, encoding, maxBuffer, check, signal, timeout, ...parsed } = parseWith(
      runOptionsSchema,
      given,
      'run()',
    )
    const restarts = parsed.restart !== undefined && parsed.restart.policy !== 'no'
    if (restarts)
      throw new Refusal("option 'restart' is for containers: a job runs once", {
        hint: 'Container.run() takes a restart policy',
      })
    return {
      spec: completed(parsed, runDefaults),
      ...output({ input, encoding, maxBuffer, check, signal }),
      timeout: timeout ?? (parsed.limits === 'strict' ? strictLimits.timeoutMs : undefined),
    }
  })
}

/** Reads what exec() was given. */
export function parseExecOptions(command: string[], options: unknown = {}): NormalisedExec {
  return concluded('exec()', () => {
    const { input, encoding, maxBuffer, check, signal, timeout, ...parsed } = parseWith(
      execOptionsSchema,
      options,
      'exec()',
    )
    const argv = commandOf(command)
    if (parsed.detach && input !== undefined)
      throw new Refusal("options 'detach' and 'input' contradict each other: nobody is there to write it")
    if (parsed.detach && parsed.stdinOpen)
      throw new Refusal("options 'detach' and 'stdinOpen' contradict each other: nobody is there to write")
    const { tty = false, privileged = false, stdinOpen = false, detach = false } = parsed
    if (detach && parsed.lifetime === 'process')
      throw new Refusal(
        "options 'detach' and 'lifetime: process' contradict each other: what is detached runs on when this process ends",
      )
    return {
      ...parsed,
      ...output({ input, encoding, maxBuffer, check, signal }),
      timeout,
      command: argv,
      tty,
      privileged,
      stdinOpen,
      detach,
      lifetime: detach ? 'detached' : (parsed.lifetime ?? 'process'),
    }
  })
}

function commandOf(command: unknown): string[] {
  try {
    const argv = readCommand(command)
    if (argv.length > 0 && argv[0] !== '') return argv
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`the command ${error.message}`)
    throw error
  }
  throw new Refusal('the command must name a program')
}

function output(given: Partial<NormalisedOutput>): NormalisedOutput {
  const { input, encoding = 'utf8', maxBuffer = MAX_BUFFER, check = false, signal } = given
  return { input, encoding, maxBuffer, check, signal }
}
