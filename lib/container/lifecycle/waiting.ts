/** The options `signal` and `timeout` of calls that wait. */
import { GantryError } from '../../errors/index.js'
import { parseDuration } from '../../oci/index.js'
import type { WaitOptions } from '../types.js'

/**
 * Runs something that obeys a signal under the caller's signal and time limit. What it rejects with after one of them fired becomes ERR_ABORTED or
 * ERR_TIMEOUT. `doing` is for the message: 'waiting for the exit of web'.
 */
export async function within<T>(options: WaitOptions, doing: string, id: string, action: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  const { signal } = options
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout)
  if (signal?.aborted) throw aborted(doing, id, signal)
  if (timeoutMs === undefined && !signal) return action(undefined)
  const ending = new AbortController()
  let timedOut = false
  const onAbort = () => ending.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          ending.abort()
        }, timeoutMs)
  try {
    return await action(ending.signal)
  } catch (error) {
    if (timedOut) throw new GantryError('ERR_TIMEOUT', `${timeoutMs} ms passed while ${doing}`, { id, cause: error })
    if (signal?.aborted) throw aborted(doing, id, signal)
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function aborted(doing: string, id: string, signal: AbortSignal): GantryError {
  return new GantryError('ERR_ABORTED', `Aborted while ${doing}`, { id, cause: signal.reason })
}

/** Rejects when the signal fires; never resolves. */
export function whenAborted(signal: AbortSignal | undefined): { promise: Promise<never>; forget: () => void } {
  let onAbort = () => {}
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason ?? new Error('aborted'))
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
  promise.catch(() => {})
  return { promise, forget: () => signal?.removeEventListener('abort', onAbort) }
}
