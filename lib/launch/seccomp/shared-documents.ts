/** Documents that are handed out to many and never change: their identity stands for their content. */
import type { RuntimeSeccomp } from '../../oci/index.js'

const documents = new WeakSet<object>()

/** Freezes a document through and through. */
export function share(document: RuntimeSeccomp): RuntimeSeccomp {
  documents.add(freeze(document))
  return document
}

export function isShared(document: object): boolean {
  return documents.has(document)
}

function freeze<Value extends object>(value: Value): Value {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) freeze(each)
  return Object.freeze(value)
}
