import { GantryError } from '../errors/index.js'
import { type ImageRunConfig, signalNumber } from '../oci/index.js'
import { posix } from 'node:path'

const instructions: Record<string, (config: ImageRunConfig, text: string) => void> = {
  CMD: (config, text) => {
    config.Cmd = commandOf(text)
  },
  ENTRYPOINT: (config, text) => {
    config.Entrypoint = commandOf(text)
  },
  ENV: (config, text) => {
    for (const [key, value] of pairs('ENV', text)) config.Env = [...(config.Env ?? []).filter((entry) => !entry.startsWith(`${key}=`)), `${key}=${value}`]
  },
  LABEL: (config, text) => {
    config.Labels = Object.fromEntries([...Object.entries(config.Labels ?? {}), ...pairs('LABEL', text)])
  },
  WORKDIR: (config, text) => {
    config.WorkingDir = posix.resolve('/', config.WorkingDir ?? '/', unquote(text))
  },
  USER: (config, text) => {
    if (/\s/.test(text)) throw refusal('USER', text, 'it takes one user')
    config.User = text
  },
  STOPSIGNAL: (config, text) => {
    signalNumber(text)
    config.StopSignal = text
  },
  EXPOSE: (config, text) => {
    for (const port of text.split(/\s+/).flatMap(expandPorts)) config.ExposedPorts = { ...config.ExposedPorts, [port]: {} }
  },
  VOLUME: (config, text) => {
    for (const path of jsonList(text) ?? words(text)) {
      if (!path.startsWith('/')) throw refusal('VOLUME', text, 'a volume is an absolute path')
      config.Volumes = { ...config.Volumes, [posix.normalize(path)]: {} }
    }
  },
}

/** Apply Dockerfile instructions to a configuration, as `docker import --change` does. The configuration handed in is not touched. */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const result: ImageRunConfig = structuredClone(config)
  for (const change of changes) {
    const match = typeof change === 'string' ? /^\s*([A-Za-z]+)\s+([\s\S]*\S)\s*$/.exec(change) : null
    const instruction = match?.[1]?.toUpperCase() ?? ''
    if (!match || !Object.hasOwn(instructions, instruction)) {
      throw new GantryError('ERR_INVALID_OPTION', `${JSON.stringify(change)?.slice(0, 80)} is not a change to an image`, {
        hint: `a change is a Dockerfile instruction with its arguments: ${Object.keys(instructions).join(', ')}`,
      })
    }
    if (match[2]!.includes('\0')) throw refusal(instruction, match[2]!, 'it contains a NUL')
    instructions[instruction]!(result, match[2]!)
  }
  return result
}

/** A JSON list of texts, or a text for the shell. */
function commandOf(text: string): string[] {
  return jsonList(text) ?? ['/bin/sh', '-c', text]
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch {
    // Docker takes what is no JSON list for a text, too.
  }
  return undefined
}

/** 'A=1 B="two words"', or the old form 'A the rest'. */
function pairs(instruction: string, text: string): [string, string][] {
  if (!/^(?:[^\s"'=]+|"[^"]*"|'[^']*')=/.test(text)) {
    const old = /^(\S+)\s+([\s\S]+)$/.exec(text)
    if (!old || old[1]!.includes('=')) throw refusal(instruction, text, 'it takes key=value')
    return [[old[1]!, old[2]!]]
  }
  return words(text).map((word) => {
    const equals = word.indexOf('=')
    if (equals < 1) throw refusal(instruction, text, `${JSON.stringify(word)} is not key=value`)
    return [word.slice(0, equals), word.slice(equals + 1)]
  })
}

/** Split at blanks that are not quoted or escaped. */
function words(text: string): string[] {
  const found: string[] = []
  for (const [word] of text.matchAll(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s\\"'])+/g)) found.push(unquote(word))
  return found
}

function unquote(text: string): string {
  return text.replace(/"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|\\([\s\S])/g, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\$])/g, '$1') ?? single ?? escaped ?? '')
}

function expandPorts(text: string): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? first)
  if (!match || first < 1 || last > 65535 || last < first) throw refusal('EXPOSE', text, 'it takes ports such as 80, 53/udp or 8000-8010')
  const protocol = match[3]?.toLowerCase() ?? 'tcp'
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`)
}

function refusal(instruction: string, text: string, reason: string): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `The change ${instruction} ${text.slice(0, 60)} cannot be made: ${reason}`)
}
