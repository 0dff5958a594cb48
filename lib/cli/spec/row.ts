import type { ContainerSpec } from '../../container/types.js'
import type { Flag } from '../parse/flags.js'

/** A flag of run and create: a row of the table that also says what it fills in the container's specification. */
export interface SpecFlag extends Flag {
  /** The field that takes the value as it is. */
  field?: keyof ContainerSpec
  /** What is done with the value where it is not a field's as it is. Throws a plain Error about the value. */
  fill?: (spec: ContainerSpec, value: never) => void
}

export type SpecFlags = { readonly [name: string]: SpecFlag }

/** The check of a flag that is understood but cannot be served yet. */
export function comesWith(what: string): (text: string) => never {
  return () => {
    throw new Error(`this comes with ${what}, in a later version of gantry`)
  }
}

/** Splits 'key=value'; the value is empty where there is no '='. */
export function keyValue(text: string): [string, string] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** A record without a prototype: names come from outside. */
export function record<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  const fields: Record<string, Value> = Object.create(null)
  for (const [key, value] of entries) fields[key] = value
  return fields
}
