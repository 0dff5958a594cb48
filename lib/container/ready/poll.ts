import { setTimeout as pause } from 'node:timers/promises'

/** Asks until the answer is yes: at once, then ever more slowly, but at least four times a second. */
export async function poll(question: () => Promise<boolean> | boolean, signal: AbortSignal): Promise<void> {
  for (let delay = 5; ; delay = Math.min(delay * 1.5, 250)) {
    signal.throwIfAborted()
    if (await question()) return
    await pause(delay, undefined, { signal })
  }
}
