/** What docker forwards: all that can be caught, but those of children, pipes, urgent data and window sizes. */
const forwarded: readonly NodeJS.Signals[] = [
  'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGTERM', 'SIGCONT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGXCPU', 'SIGXFSZ', 'SIGIO', 'SIGPWR',
]

/** Sends this process's signals to `deliver` until the returned function is called. */
export function proxySignals(deliver: (signal: NodeJS.Signals) => Promise<void>): () => void {
  // A signal that comes when the container has just ended has no one to reach.
  const listener = (signal: NodeJS.Signals) => void deliver(signal).catch(() => {})
  for (const signal of forwarded) process.on(signal, listener)
  return () => {
    for (const signal of forwarded) process.off(signal, listener)
  }
}
