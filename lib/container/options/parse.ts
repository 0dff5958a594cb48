/** Runs a schema over what a user gave; everything that is wrong becomes one GantryError that says what, where, and what would be right. */
import type { z } from 'zod'
import { type ErrorCode, GantryError } from '../../errors/index.js'
import { nearest } from './nearest.js'
import { ownMembers, shown } from './refusal.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

interface Complaint {
  text: string
  code: ErrorCode
  hint?: string
}

/** `subject` names the call in the message ("run()"). */
export function parseWith<Output>(schema: z.ZodType<Output>, input: unknown, subject: string): Output {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new GantryError('ERR_INVALID_OPTION', `${subject}: the options must be an object, not ${shown(input)}`)
  }
  const result = schema.safeParse(ownMembers(input))
  if (result.success) return result.data
  throw refusal(
    result.error.issues.flatMap((issue) => complaints(schema, issue, input)),
    subject,
  )
}

function refusal(all: Complaint[], subject: string): GantryError {
  const first = all.find((complaint) => complaint.code === 'ERR_INVALID_OPTION') ?? all[0]!
  const texts = [first, ...all.filter((complaint) => complaint !== first)].map((complaint) => complaint.text)
  return new GantryError(first.code, `${subject}: ${texts.join('; ')}`, { hint: first.hint })
}

function complaints(schema: z.ZodType, issue: Issue, input: unknown): Complaint[] {
  const path = issue.path
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(schema, path)
      return issue.keys.map((key) => ({ code: 'ERR_INVALID_OPTION', text: unknownOption([...path, key], key, known) }))
    }
    case 'custom': {
      const params = (issue.params ?? {}) as { code?: ErrorCode; hint?: string }
      return [{ code: params.code ?? 'ERR_INVALID_OPTION', hint: params.hint, text: about(path, issue.message) }]
    }
    case 'invalid_union': {
      // The branch whose members were looked at: the others did not even have the kind of the value.
      const branch = issue.errors.find((errors) =>
        errors.some((error) => error.path.length > 0 || !KIND_CODES.has(error.code)),
      )
      if (branch)
        return branch.flatMap((inner) => complaints(schema, { ...inner, path: [...path, ...inner.path] }, input))
      return [{ code: 'ERR_INVALID_OPTION', text: about(path, unionExpectation(issue.errors, valueAt(input, path))) }]
    }
    default:
      return [{ code: 'ERR_INVALID_OPTION', text: about(path, expectation(issue, valueAt(input, path))) }]
  }
}

function about(path: Path, message: string): string {
  return path.length === 0 ? message : `option '${pathText(path)}' ${message}`
}

function unknownOption(path: Path, key: string, known: readonly string[]): string {
  const guess = nearest(key, known)
  return `unknown option '${pathText(path)}'${guess === undefined ? '' : `; did you mean '${guess}'?`}`
}

/** `mounts[0].target` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (text === '') return name
    return /^[\w$-]+$/.test(name) ? `${text}.${name}` : `${text}[${shown(name)}]`
  }, '')
}

const KIND_CODES = new Set(['invalid_type', 'invalid_value'])

function unionExpectation(branches: readonly (readonly Issue[])[], value: unknown): string {
  const kinds = branches.flatMap((errors) =>
    errors.map((error) => {
      if (error.code === 'invalid_value') return oneOf(error.values)
      return error.code === 'invalid_type' ? (KINDS[error.expected] ?? error.expected) : error.message
    }),
  )
  return `must be ${[...new Set(kinds)].join(' or ')}, not ${shown(value)}`
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  nonoptional: 'given',
}

function expectation(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? 'must be given'
        : `must be ${KINDS[issue.expected] ?? issue.expected}, not ${shown(value)}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}, not ${shown(value)}`
    case 'too_small':
      return `must be at least ${issue.minimum}, not ${shown(value)}`
    case 'too_big':
      return `must be at most ${issue.maximum}, not ${shown(value)}`
    default:
      return `${issue.message} (it is ${shown(value)})`
  }
}

export function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  return texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

/** The keys that the schema knows at a path; a failure's slow path, so it walks the schema anew. */
function knownKeys(schema: z.ZodType, path: Path): readonly string[] {
  let current: Definition | undefined = definition(schema)
  for (const key of path) {
    const inside = unwrapped(current)
    current = definition(typeof key === 'number' ? inside?.element : inside?.shape?.[String(key)])
  }
  return Object.keys(unwrapped(current)?.shape ?? {})
}

interface Definition {
  type: string
  shape?: Record<string, unknown>
  element?: unknown
  innerType?: unknown
  options?: readonly unknown[]
  in?: unknown
  out?: unknown
}

function definition(schema: unknown): Definition | undefined {
  return (schema as { _zod?: { def: Definition } } | undefined)?._zod?.def
}

/** Behind optional(), a default and both kinds of pipe: the one that prepares (its end counts) and the one that transforms (its beginning does). */
function unwrapped(of: Definition | undefined): Definition | undefined {
  let current = of
  while (current && (current.innerType || current.options || current.in)) {
    const into = definition(current.in)
    if (current.innerType) current = definition(current.innerType)
    else if (current.options)
      current = current.options.map((option) => unwrapped(definition(option))).find((option) => option?.shape)
    else current = into?.type === 'transform' ? definition(current.out) : into
  }
  return current
}
