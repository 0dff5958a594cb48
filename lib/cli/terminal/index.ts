/** The user's terminal: raw mode, sizes, signals and the keys that detach. */
export { DetachScanner, defaultDetachKeys, parseKeys } from './keys.js'
export { inputIsTerminal, type Remote, Session, type SessionOptions } from './session.js'
export { proxySignals } from './signals.js'
