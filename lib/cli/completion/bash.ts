import type { Command } from '../parse/command.js'
import { allCommands, groups } from '../registry.js'

/** What the arguments of a command are, by its usage line. */
function argumentKind(command: Command): 'containers' | 'images' | '' {
  if (/^(CONTAINER|NAME)/.test(command.usage) || /^\[CONTAINER/.test(command.usage)) return 'containers'
  return /IMAGE/.test(command.usage) ? 'images' : ''
}

/** A completion script, made from the tables that the parser reads: it knows all words, and asks `gantry` only for containers and images. */
export async function bashCompletion(): Promise<string> {
  const cases: string[] = []
  for (const { names, load, later } of allCommands()) {
    if (later) continue
    const { command } = await load()
    const visible = Object.entries(command.flags).filter(([, flag]) => !flag.hidden)
    const words = [...visible.flatMap(([name, flag]) => [`--${name}`, ...(flag.short ? [`-${flag.short}`] : [])]), '--help']
    const taking = visible.filter(([, flag]) => flag.kind !== 'bool').flatMap(([name, flag]) => [`--${name}`, ...(flag.short ? [`-${flag.short}`] : [])])
    const values = visible.flatMap(([name, flag]) => (flag.values ? [`--${name}) choices='${flag.values.join(' ')}' ;;`] : []))
    cases.push(
      `    ${names.map((name) => `'${name}'`).join('|')})`,
      `      flags='${words.join(' ')}' taking=' ${taking.join(' ')} ' arguments='${argumentKind(command)}'`,
      ...(values.length > 0 ? [`      case $previous in ${values.join(' ')} esac`] : []),
      '      ;;',
    )
  }
  const top = [...new Set(allCommands().flatMap(({ names }) => names.map((name) => name.split(' ')[0]!)))].sort()
  const below = Object.keys(groups).map((group) => {
    const words = allCommands().flatMap(({ names }) => names.filter((name) => name.startsWith(`${group} `)).map((name) => name.slice(group.length + 1)))
    return `    ${group}) choices='${words.sort().join(' ')}' ;;`
  })
  return script(top, below, cases)
}

function script(top: readonly string[], below: readonly string[], cases: readonly string[]): string {
  return `# bash completion of gantry; made by 'gantry completion bash'.
_gantry() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} name='' flags='' taking='' arguments='' choices='' position=1
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${top.join(' ')} --help --version --debug --root --run-root' -- "$current"))
    return
  fi
  name=\${COMP_WORDS[1]}
  if [[ ' ${Object.keys(groups).join(' ')} ' == *" $name "* ]]; then
    if ((COMP_CWORD == 2)); then
      case $name in
${below.join('\n')}
      esac
      COMPREPLY=($(compgen -W "$choices" -- "$current"))
      return
    fi
    name="$name \${COMP_WORDS[2]}"
  fi
  case $name in
${cases.join('\n')}
    *) return ;;
  esac
  if [[ -n $choices ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $taking == *" $previous "* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [[ $arguments == containers ]]; then
    COMPREPLY=($(compgen -W "$(gantry ps -a --format '{{.Names}}' 2>/dev/null)" -- "$current"))
  elif [[ $arguments == images ]]; then
    COMPREPLY=($(compgen -W "host $(gantry images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)" -- "$current"))
  fi
}
complete -o default -F _gantry gantry
`
}
