import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { GantryError } from '../errors/index.js'
import { ioError, systemCode } from './failure.js'

export interface Roots {
  /** Durable state. */ root: string
  /** State that a reboot ends. */ runRoot: string
}

export type RootOptions = Partial<Roots>

/** Where the state lives: what is asked for, else the environment, else the system's or the user's customary directories. */
export function chooseRoots(options: RootOptions = {}, environment: NodeJS.ProcessEnv = process.env): Roots {
  return {
    root: absolute('root', options.root ?? nonEmpty(environment.GANTRY_ROOT) ?? defaultRoot(environment)),
    runRoot: absolute('runRoot', options.runRoot ?? nonEmpty(environment.GANTRY_RUN_ROOT) ?? defaultRunRoot(environment)),
  }
}

function defaultRoot(environment: NodeJS.ProcessEnv): string {
  if (userId() === 0) return '/var/lib/gantry'
  return join(nonEmpty(environment.XDG_DATA_HOME) ?? join(homedir(), '.local/share'), 'gantry')
}

function defaultRunRoot(environment: NodeJS.ProcessEnv): string {
  if (userId() === 0) return '/run/gantry'
  const runtime = nonEmpty(environment.XDG_RUNTIME_DIR)
  if (runtime) return join(runtime, 'gantry')
  const customary = `/run/user/${userId()}`
  if (statSync(customary, { throwIfNoEntry: false })) return join(customary, 'gantry')
  throw new GantryError('ERR_INVALID_OPTION', 'There is no directory for the runtime state: XDG_RUNTIME_DIR is not set', {
    hint: 'set XDG_RUNTIME_DIR or GANTRY_RUN_ROOT to a directory that only you can write',
  })
}

/**
 * Make a root (0700) or check the one that is there: a directory of this user that nobody else can write, reached by
 * no directory in which others can exchange it. Returns its real path.
 */
export function prepareRoot(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw ioError(`Cannot create the directory ${path}`, error, { path })
  }
  const real = realpathSync(path)
  checkRoot(real)
  for (let parent = dirname(real); ; parent = dirname(parent)) {
    checkParent(parent, real)
    if (parent === '/') return real
  }
}

function checkRoot(path: string): void {
  const status = lstatSync(path)
  if (!status.isDirectory()) throw refusal(path, 'is not a directory')
  if (status.uid !== userId()) throw refusal(path, `belongs to user ${status.uid}, not to user ${userId()}`)
  if (status.mode & 0o022) throw refusal(path, `can be written by others (mode ${octal(status.mode)})`, `chmod go-w ${path}`)
}

function checkParent(parent: string, root: string): void {
  const status = lstatSync(parent)
  const sticky = (status.mode & 0o1000) !== 0
  if (status.mode & 0o002 && !sticky) throw refusal(root, `lies in ${parent}, in which everybody can exchange it (mode ${octal(status.mode)})`)
  if (status.uid !== 0 && status.uid !== userId()) throw refusal(root, `lies in ${parent}, which belongs to user ${status.uid}`)
}

function refusal(path: string, reason: string, remedy?: string): GantryError {
  return new GantryError('ERR_PERMISSION', `${path} cannot hold containers: it ${reason}`, {
    path,
    hint: remedy ?? 'choose a directory of your own with GANTRY_ROOT and GANTRY_RUN_ROOT, or Engine.open({ root, runRoot })',
  })
}

function absolute(option: string, path: string): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw new GantryError('ERR_INVALID_OPTION', `${option} must be the path of a directory`)
  const result = resolve(path)
  if (result === '/') throw new GantryError('ERR_INVALID_OPTION', `${option} cannot be /`)
  return result
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function userId(): number {
  return process.geteuid?.() ?? -1
}
