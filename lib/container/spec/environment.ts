/** The environment of a process: what everyone has, then what the options and the image say, in Docker's order. */

/** What Docker gives an image that sets none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const TERMINAL = 'xterm'

export interface EnvironmentFacts {
  hostname: string
  tty: boolean
  /** Of the user's entry in the image's passwd. */
  home: string
}

/**
 * HOME, PATH, HOSTNAME and, with a terminal, TERM unless they are declared; then what is declared. A HOME that comes from the user's entry is the
 * first one, so that an exec as somebody else can tell it from a declared one.
 */
export function containerEnvironment(
  declared: ReadonlyMap<string, string | undefined>,
  facts: EnvironmentFacts,
): string[] {
  const env: string[] = []
  const offer = (name: string, value: string): void => {
    if (!declared.has(name)) env.push(`${name}=${value}`)
  }
  offer('HOME', facts.home)
  offer('PATH', DEFAULT_PATH)
  offer('HOSTNAME', facts.hostname)
  if (facts.tty) offer('TERM', TERMINAL)
  for (const [name, value] of declared) if (value !== undefined) env.push(`${name}=${value}`)
  return env
}

/** The container's environment for an exec: its own HOME, a TERM with a terminal, the variables of its options (undefined takes one away). */
export function execEnvironment(
  container: readonly string[],
  own: Readonly<Record<string, string | null | undefined>> | undefined,
  facts: Omit<EnvironmentFacts, 'hostname'> & { homeDeclared: boolean },
): string[] {
  const env = new Map<string, string>()
  container.forEach((entry, index) => {
    const at = entry.indexOf('=')
    const name = entry.slice(0, at)
    const derivedHome = name === 'HOME' && index === 0 && !facts.homeDeclared
    env.set(name, derivedHome ? facts.home : entry.slice(at + 1))
  })
  if (facts.tty && !env.has('TERM')) env.set('TERM', TERMINAL)
  for (const name of Object.keys(own ?? {})) {
    const value = own?.[name] ?? undefined
    if (value === undefined) env.delete(name)
    else env.set(name, value)
  }
  return Array.from(env, ([name, value]) => `${name}=${value}`)
}
