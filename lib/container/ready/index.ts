/** Waits until a container is ready; the strategies are one class a file. */
import { GantryError } from '../../errors/index.js'
import { parseDuration } from '../../oci/index.js'
import type { Duration, Ready } from '../types.js'
import { ExecStrategy } from './exec.js'
import { HealthStrategy } from './health.js'
import { HttpStrategy } from './http.js'
import { withLastWords } from './last-words.js'
import { LogStrategy } from './log.js'
import { PortStrategy } from './port.js'
import { PredicateStrategy } from './predicate.js'
import type { Observed, Strategy } from './strategy.js'

export type { Observed, Strategy } from './strategy.js'

/** How long readiness is waited for unless told otherwise, in milliseconds. */
export const defaultReadyTimeout = 60_000

const forms = "ready is { port }, { log, times? }, { http, port?, status? }, { health: true }, { exec }, a function, or a list of these"

/** The strategies of a `ready` option, checked. */
export function readyStrategies(ready: Ready | undefined): Strategy[] {
  if (ready === undefined) return []
  if (Array.isArray(ready)) return ready.flatMap((one) => readyStrategies(one))
  return [strategy(ready)]
}

function strategy(ready: Exclude<Ready, Ready[]>): Strategy {
  if (typeof ready === 'function') return new PredicateStrategy(ready)
  if (typeof ready !== 'object' || ready === null) throw refusal(ready)
  const form = ready as Record<string, unknown>
  const known = (...keys: string[]) => {
    const extra = Object.keys(form).find((key) => !keys.includes(key) && form[key] !== undefined)
    if (extra !== undefined) throw new GantryError('ERR_INVALID_OPTION', `ready has the unknown member ${JSON.stringify(extra)}`, { hint: forms })
  }
  if ('http' in form) {
    known('http', 'port', 'status')
    if (typeof form.http !== 'string' || !form.http.startsWith('/')) throw refusal(form.http, 'ready.http is a path such as /health')
    if (form.status !== undefined && !isWhole(form.status, 100, 599)) throw refusal(form.status, 'ready.status is an HTTP status')
    return new HttpStrategy(form.http, port(form.port ?? 80), form.status as number | undefined)
  }
  if ('port' in form) {
    known('port')
    return new PortStrategy(port(form.port))
  }
  if ('log' in form) {
    known('log', 'times')
    if (!(form.log instanceof RegExp) && (typeof form.log !== 'string' || form.log === '')) throw refusal(form.log, 'ready.log is a text or a regular expression')
    if (form.times !== undefined && !isWhole(form.times, 1, 1_000_000)) throw refusal(form.times, 'ready.times is a number of lines')
    return new LogStrategy(form.log, form.times as number | undefined)
  }
  if ('health' in form) {
    known('health')
    if (form.health !== true) throw refusal(form.health, 'ready.health is true')
    return new HealthStrategy()
  }
  if ('exec' in form) {
    known('exec')
    const command = form.exec
    if (!Array.isArray(command) || command.length === 0 || !command.every((word) => typeof word === 'string')) throw refusal(command, 'ready.exec is a list of texts')
    return new ExecStrategy(command as string[])
  }
  throw refusal(ready)
}

function port(value: unknown): number {
  if (isWhole(value, 1, 65_535)) return value as number
  throw refusal(value, 'a port is a number from 1 to 65535')
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

function refusal(value: unknown, hint = forms): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `ready cannot be ${JSON.stringify(value) ?? String(value)}`, { hint })
}

/** Resolves when all strategies are content. ERR_NOT_READY when the container ends first, ERR_TIMEOUT after `timeout`, ERR_ABORTED by the signal. */
export async function waitUntilReady(
  container: Observed,
  strategies: readonly Strategy[],
  options: { timeout?: Duration; signal?: AbortSignal; ended: (signal: AbortSignal) => Promise<string> },
): Promise<void> {
  if (strategies.length === 0) return
  const timeoutMs = options.timeout === undefined ? defaultReadyTimeout : parseDuration(options.timeout)
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(timeoutError(container, strategies, timeoutMs)), timeoutMs)
  const onAbort = () => ending.abort(new GantryError('ERR_ABORTED', `Aborted while waiting for ${all(strategies)}`, { id: container.id, cause: options.signal?.reason }))
  if (options.signal?.aborted) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const failed = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason as Error), { once: true })
    if (ending.signal.aborted) reject(ending.signal.reason as Error)
  })
  failed.catch(() => {})
  const ended = options.ended(ending.signal).then(
    (how) => {
      throw new GantryError('ERR_NOT_READY', `The container ${how} before it was ready; it waited for ${all(strategies)}`, { id: container.id })
    },
    () => failed,
  )
  try {
    await Promise.race([Promise.all(strategies.map((one) => one.wait(container, ending.signal))), failed, ended])
  } catch (error) {
    throw await withLastWords(container, ending.signal.aborted ? ending.signal.reason : error)
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    ending.abort(new GantryError('ERR_ABORTED', 'no longer waited for'))
    ended.catch(() => {})
  }
}

function all(strategies: readonly Strategy[]): string {
  return strategies.map(({ description }) => description).join(' and for ')
}

function timeoutError(container: Observed, strategies: readonly Strategy[], timeoutMs: number): GantryError {
  return new GantryError('ERR_TIMEOUT', `The container was not ready within ${timeoutMs} ms; it waited for ${all(strategies)}`, {
    id: container.id,
    hint: '`timeout` gives it longer',
  })
}
