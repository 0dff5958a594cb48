import { reportError } from './failure.js'
import { globalFlags, groupOverview, overview } from './overview.js'
import { checkArguments, type Command, helpPage, type Invocation, parseFlags, type Streams, UsageError } from './parse/index.js'
import { findCommand, groups } from './registry.js'
import { type Engine, openEngine } from './sdk.js'

/** Runs one command line and gives the exit code. Never throws: what goes wrong is told on stderr. */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const { stdout, stderr } = streams
  const width = Math.max(40, stdout.columns || 80)
  let program = 'gantry'
  let command: Command | undefined
  let debug = false
  let opened: Promise<Engine> | undefined
  try {
    const start = parseFlags(globalFlags, argv, { interspersed: false })
    const { flags, args } = start
    debug = flags.debug
    if (flags.version) {
      const { versionLine } = await import('./commands/version.js')
      stdout.write(`${versionLine()}\n`)
      return 0
    }
    // 'gantry help run' is 'gantry run --help'.
    const words = args[0] === 'help' ? args.slice(1) : args
    const asked = start.help || args[0] === 'help'
    if (words.length === 0) {
      stdout.write(`${overview(width)}\n`)
      return 0
    }
    const found = findCommand(words)
    if (!found) return unknown(words, asked, streams)
    program = `gantry ${found.name}`
    command = (await found.entry.load()).command
    const rest = words.slice(found.length)
    const none = { flags: {}, given: new Set<string>() }
    const parsed = asked || command.anyFlags ? { ...none, help: asked, args: rest } : parseFlags(command.flags, rest, command)
    if (parsed.help) {
      const aliases = [...found.entry.names].reverse().map((name) => `gantry ${name}`)
      stdout.write(helpPage(program, found.entry.summary, aliases, command, width))
      return 0
    }
    checkArguments(command, program, parsed.args.length)
    const roots = { root: flags.root, runRoot: flags['run-root'] }
    const invocation: Invocation = {
      ...{ stdin: streams.stdin, stdout, stderr },
      name: found.name,
      flags: parsed.flags,
      given: parsed.given,
      args: parsed.args,
      roots,
      engine: () => (opened ??= openEngine(roots)),
      print: (line) => void stdout.write(`${line}\n`),
      warn: (line) => void stderr.write(`${line}\n`),
    }
    return (await command.run(invocation)) ?? 0
  } catch (error) {
    return reportError(error, { program, command, debug, stderr })
  } finally {
    await opened?.then((engine) => engine.close()).catch(() => {})
  }
}

/** A group's own page, or an error for words that name nothing. */
function unknown(words: readonly string[], asked: boolean, { stdout, stderr }: Streams): number {
  const [first, second] = words as [string, string?]
  const isGroup = Object.hasOwn(groups, first)
  if (isGroup && (second === undefined || second === '--help' || asked)) {
    stdout.write(`${groupOverview(first)}\n`)
    return 0
  }
  const name = isGroup ? `gantry ${first}` : 'gantry'
  return reportError(new UsageError(`unknown command: ${isGroup ? `${name} ${second}` : `gantry ${first}`}`, { exitCode: 1, prefixed: true }), { program: name, command: undefined, debug: false, stderr })
}
