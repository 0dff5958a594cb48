/** Reading the values of a seccomp document. */
import { GantryError } from '../../errors/index.js'
import type { SeccompValue } from '../../oci/index.js'

const MAXIMUM = 0xffff_ffff_ffff_ffffn

/** An unsigned 64-bit value. A number above 2^53 may have been rounded by JSON.parse, so it is refused and not guessed. */
export function uint64(value: SeccompValue, what: string): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw invalid(
      `${what} is ${value}, which is no integer that a number holds exactly`,
      'write it as a text of decimal digits or as a bigint',
    )
  }
  if (typeof value === 'string' && !/^\d{1,20}$/.test(value))
    throw invalid(`${what} is "${value}", which is not a decimal number`)
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string')
    throw invalid(`${what} is missing`)
  const wide = BigInt(value)
  if (wide < 0n || wide > MAXIMUM) throw invalid(`${what} is ${wide}, outside of 0 to 2^64-1`)
  return wide
}

/** A mistake in a seccomp document. */
export function invalid(problem: string, hint?: string): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `seccomp: ${problem}`, { hint })
}
