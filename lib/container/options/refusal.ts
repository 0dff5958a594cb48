/** How an option says no: every reader of a value throws a Refusal, and parse.ts makes one GantryError of it, with the option's path. */
import { z } from 'zod'
import { type ErrorCode, GantryError } from '../../errors/index.js'

export interface RefusalDetails {
  code?: ErrorCode
  hint?: string
  /** Where below the option. */
  path?: (string | number)[]
}

export class Refusal extends Error {
  constructor(
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message)
  }

  asError(subject: string): GantryError {
    return new GantryError(this.details.code ?? 'ERR_INVALID_OPTION', `${subject}: ${this.message}`, {
      hint: this.details.hint,
    })
  }
}

/** A value as a message shows it: short, quoted, and of one line. */
export function shown(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  switch (typeof value) {
    case 'string':
      return `'${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value).slice(1, -1)}'`
    case 'object':
      return value instanceof Date ? 'a Date' : 'an object'
    case 'function':
      return 'a function'
    default:
      return String(value)
  }
}

/** Reads one value: returns it normalised or throws a Refusal (or a GantryError, whose words are taken over). */
export type Reader<Output> = (value: unknown) => Output

/** A zod schema of a reader. Cheaper than a chain of refinements, and the message is the reader's own. */
export function field<Input, Output = Input>(read: Reader<Output>): z.ZodType<Output, Input> {
  const schema = z.unknown().transform((value, context) => {
    try {
      if (value === undefined) throw new Refusal('must be given')
      return read(value)
    } catch (error) {
      refuse(context, value, error)
      return z.NEVER
    }
  })
  return schema as unknown as z.ZodType<Output, Input>
}

function refuse(context: z.RefinementCtx, input: unknown, error: unknown): void {
  if (!(error instanceof Refusal) && !(error instanceof GantryError)) throw error
  const details: RefusalDetails = error instanceof Refusal ? error.details : { code: error.code, hint: error.hint }
  context.issues.push({
    code: 'custom',
    message: error.message,
    path: details.path ?? [],
    input,
    params: { code: details.code, hint: details.hint },
  })
}

/** Reads a list, every item with the same reader; a refusal says which item. */
export function list<Output>(read: Reader<Output>): Reader<Output[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new Refusal(`must be a list, not ${shown(value)}`)
    return value.map((item: unknown, index) => below(index, () => read(item)))
  }
}

/** Runs a reader; what it refuses is said to be at this key. */
export function below<Output>(key: string | number, read: () => Output): Output {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal)
      throw new Refusal(error.message, { ...error.details, path: [key, ...(error.details.path ?? [])] })
    if (error instanceof GantryError)
      throw new Refusal(error.message, { code: error.code, hint: error.hint, path: [key] })
    throw error
  }
}

/** Reads a plain object with free keys into a fresh one, own members only: a `__proto__` key is a key like any other, and sets nothing. */
export function mapOf<Output>(read: (value: unknown, key: string) => Output): Reader<Record<string, Output>> {
  return (value) => {
    // A Map has no members of its own, and would be read as empty.
    if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
      throw new Refusal(`must be an object, not ${shown(value)}`)
    }
    const result: Record<string, Output> = {}
    for (const key of Object.keys(value)) {
      const item = below(key, () => read((value as Record<string, unknown>)[key], key))
      if (key === '__proto__')
        Object.defineProperty(result, key, { value: item, enumerable: true, writable: true, configurable: true })
      else result[key] = item
    }
    return result
  }
}

/** A text without NUL, which no system call could take. */
export const text: Reader<string> = (value) => {
  if (typeof value !== 'string') throw new Refusal(`must be a text, not ${shown(value)}`)
  if (value.includes('\0')) throw new Refusal('must not contain a NUL character')
  return value
}

/** Its own enumerable members on an object without a prototype: what an inherited or polluted prototype says is not an option. */
export function ownMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.assign(Object.create(null), value)
}

/** A strict object schema that reads own members only. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(ownMembers, z.strictObject(shape))
}
