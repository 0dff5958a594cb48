import { readFileSync } from 'node:fs'
import { CommandError } from '../parse/error.js'

type Environment = Record<string, string | undefined>

/** 'K=V', or 'K' for the caller's own value; a K that the caller has not got is taken from the image's environment too. */
export function parseVariable(text: string, environment: Environment = process.env): [string, string | undefined] {
  const equals = text.indexOf('=')
  if (text === '' || equals === 0) throw new Error(`invalid environment variable: ${text}`)
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  return [text, environment[text]]
}

/** The variables of files (--env-file), then those of flags (-e), the later ones winning. */
export function environmentOf(files: readonly string[], variables: readonly string[], environment: Environment = process.env): Environment {
  const all: Environment = Object.create(null)
  for (const file of files) {
    for (const line of fileLines(file)) {
      const name = line.split('=', 1)[0]!
      if (/\s/.test(name)) throw new CommandError(`invalid env file (${file}): variable '${name}' contains whitespaces`, 125)
      if (name === '') throw new CommandError(`invalid env file (${file}): no variable name on line '${line}'`, 125)
      const [key, value] = parseVariable(line, environment)
      // As docker: a bare name in a file that the caller has not got says nothing.
      if (value !== undefined) all[key] = value
    }
  }
  for (const variable of variables) {
    const [key, value] = parseVariable(variable, environment)
    all[key] = value
  }
  return all
}

/** The labels of files (--label-file), then those of flags (-l). */
export function labelsOf(files: readonly string[], labels: readonly string[]): Record<string, string> {
  const all: Record<string, string> = Object.create(null)
  for (const label of [...files.flatMap(fileLines), ...labels]) {
    const equals = label.indexOf('=')
    const key = equals < 0 ? label : label.slice(0, equals)
    if (key === '') throw new CommandError(`invalid label: '${label}'`, 125)
    all[key] = equals < 0 ? '' : label.slice(equals + 1)
  }
  return all
}

/** The lines of a file that say something. */
function fileLines(path: string): string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(`open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : code === 'EISDIR' ? 'is a directory' : code === 'EACCES' ? 'permission denied' : (error as Error).message}`, 125)
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
