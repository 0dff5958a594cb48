/** Fields whose values are amounts. */
import { parseDuration, parseSize } from '../../oci/quantities.js'
import type { Duration, Size } from '../types.js'
import { field, type Reader, Refusal, shown } from './refusal.js'

export const readSize: Reader<number> = (value) => {
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new Refusal(`must be a size (bytes, or a text such as '512m'), not ${shown(value)}`)
  }
  return within(() => parseSize(value))
}

export const readDuration: Reader<number> = (value) => {
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new Refusal(`must be a duration (milliseconds, or a text such as '10s'), not ${shown(value)}`)
  }
  return within(() => parseDuration(value))
}

/** Their messages begin with the value; behind an option's name they need a verb. */
function within(read: () => number): number {
  try {
    return read()
  } catch (error) {
    throw new Refusal(`is wrong: ${(error as Error).message}`)
  }
}

export function wholeNumber(minimum: number, maximum: number, unit = ''): Reader<number> {
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}${unit}` : `from ${minimum} to ${maximum}${unit}`
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
      throw new Refusal(`must be a whole number ${range}, not ${shown(value)}`)
    }
    return value
  }
}

export const sizeField = () => field<Size, number>(readSize)
export const durationField = () => field<Duration, number>(readDuration)
export const wholeNumberField = (minimum: number, maximum = Number.MAX_SAFE_INTEGER, unit = '') =>
  field<number>(wholeNumber(minimum, maximum, unit))
