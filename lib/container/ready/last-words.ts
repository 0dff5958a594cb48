import { GantryError } from '../../errors/index.js'
import type { Observed } from './strategy.js'

/** Lines of the log that are shown. */
const shownLines = 20

/**
 * Adds the end of what the container printed to the error that says that it did not become ready: Container.run() removes such a
 * container, and its log with it.
 */
export async function withLastWords(container: Observed, error: unknown): Promise<unknown> {
  if (!(error instanceof GantryError) || (error.code !== 'ERR_NOT_READY' && error.code !== 'ERR_TIMEOUT')) return error
  const lines: string[] = []
  try {
    for await (const { text } of container.logs({ tail: shownLines })) lines.push(text)
  } catch {
    return error // It writes no log.
  }
  const message = error.message.split('\n  hint: ')[0]!
  const words = lines.length > 0 ? `\n\n${lines.join('\n')}` : '; it printed nothing'
  return new GantryError(error.code, `${message}${words}`, { id: error.id, hint: error.hint, cause: error.cause })
}
