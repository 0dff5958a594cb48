/** The options of every call that can wait. */
import { durationField } from './quantities.js'
import { field, Refusal, shown } from './refusal.js'

/** An AbortSignal of this realm or of another. */
const signal = field<AbortSignal>((value) => {
  const candidate = value as Partial<AbortSignal> | null
  if (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.aborted === 'boolean' &&
    typeof candidate.addEventListener === 'function'
  ) {
    return value as AbortSignal
  }
  const hint =
    typeof value === 'string' || typeof value === 'number'
      ? "; a POSIX signal is the option 'killSignal' or 'stopSignal'"
      : ''
  throw new Refusal(`must be an AbortSignal, not ${shown(value)}${hint}`)
})

export const waitShape = { signal: signal.optional(), timeout: durationField().optional() }
