/** Capability names: with or without `CAP_`, in any case, or `ALL`. */
import { CAPABILITIES } from '../../launch/index.js'
import { nearest } from './nearest.js'
import { list, type Reader, Refusal, shown, text } from './refusal.js'

const names = CAPABILITIES.map((name) => name.slice('CAP_'.length))
const known = new Set(names)

/** `ALL`, or the name with its prefix, as the OCI spec has it: `CAP_KILL`. */
export const readCapability: Reader<string> = (value) => {
  const name = text(value).toUpperCase().replace(/^CAP_/, '')
  if (name === 'ALL') return 'ALL'
  if (known.has(name)) return `CAP_${name}`
  const guess = nearest(name, names)
  throw new Refusal(
    `must be a capability such as 'NET_ADMIN' or 'ALL', not ${shown(value)}${guess ? `; did you mean '${guess}'?` : ''}`,
  )
}

export const readCapabilities: Reader<string[]> = (value) => [...new Set(list(readCapability)(value))]
