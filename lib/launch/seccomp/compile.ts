/** A seccomp document as the filter that the kernel runs. */
import type { RuntimeSeccomp, RuntimeSyscall } from '../../oci/index.js'
import { actionValue, isNotify, isPermissive, KILL_PROCESS, NO_SUCH_CALL } from './actions.js'
import { type Architecture, type Machine, selectArchitectures, X32_BIT } from './architectures.js'
import { ARCHITECTURE, assemble, Graph, type Node, NUMBER } from './assembler.js'
import { decide, parseComparison, type Rule } from './conditions.js'
import { runs, searchTree } from './dispatch.js'
import { invalid } from './values.js'

export interface SeccompFilter {
  /** struct sock_filter[]; at most 4,096 of eight bytes. Shared: not to be written to. */
  filter: Uint8Array
  /** SECCOMP_FILTER_FLAG_* for seccomp(2). */
  flags: number
  /** A rule has SCMP_ACT_NOTIFY: it works only with SECCOMP_FILTER_FLAG_NEW_LISTENER and somebody who answers. */
  notify: boolean
}

const flagValues: Record<string, number> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
}

/** Compiles without a cache. */
export function compileDocument(document: RuntimeSeccomp, on: Machine): SeccompFilter {
  const graph = new Graph()
  const verdict = actionValue(document.defaultAction, document.defaultErrnoRet)
  const rules = (document.syscalls ?? []).map(parseRule)
  const architectures = selectArchitectures(on, document.architectures)
  const killed = graph.return(KILL_PROCESS)
  let root: Node = killed
  for (const audit of [...new Set(architectures.map((each) => each.audit))].reverse()) {
    const block = numberTree(
      graph,
      architectures.filter((each) => each.audit === audit),
      rules,
      verdict,
    )
    root = graph.jump('equal', audit, graph.load(NUMBER, block), root)
  }
  return {
    filter: assemble(graph.load(ARCHITECTURE, root)),
    flags: parseFlags(document.flags ?? []),
    notify: isNotify(verdict) || rules.some((rule) => rule.alternatives.some((each) => isNotify(each.verdict))),
  }
}

interface NamedRule {
  names: readonly string[]
  alternatives: readonly Rule[]
}

function parseRule(rule: RuntimeSyscall): NamedRule {
  if (!Array.isArray(rule.names) || rule.names.length === 0) throw invalid('a rule names no system call')
  const verdict = actionValue(rule.action, rule.errnoRet)
  const comparisons = (rule.args ?? []).map((argument) => parseComparison(argument, rule.names[0] as string))
  // As runc and crun do: comparisons of one rule must all hold, but when an argument is named twice any of them suffices.
  const repeated = new Set(comparisons.map((each) => each.index)).size < comparisons.length
  const alternatives = repeated
    ? comparisons.map((each) => ({ verdict, comparisons: [each] }))
    : [{ verdict, comparisons }]
  return { names: rule.names, alternatives }
}

/** What is decided for each number of the architectures that share one audit value: x86_64 and, when asked for, x32. */
function numberTree(
  graph: Graph,
  architectures: readonly Architecture[],
  rules: readonly NamedRule[],
  verdict: number,
): Node {
  const fallback = graph.return(verdict)
  const noSuchCall = graph.return(NO_SUCH_CALL)
  // A call newer than every call that the document names was not refused by its author, only not known (as in runc).
  const beyond = isPermissive(verdict) ? fallback : noSuchCall
  const list = architectures.flatMap((each) =>
    runs(decisions(graph, each, rules, fallback), each.base, fallback, beyond),
  )
  // Without x32 its numbers would be a second way to every call, past the rules on the first.
  if (architectures.length === 1 && architectures[0]?.name === 'SCMP_ARCH_X86_64')
    list.push({ start: X32_BIT, node: noSuchCall })
  return searchTree(graph, list)
}

function decisions(graph: Graph, target: Architecture, rules: readonly NamedRule[], fallback: Node): Map<number, Node> {
  const byNumber = new Map<number, Rule[]>()
  for (const { names, alternatives } of rules) {
    for (const name of names) {
      const number = target.numbers.get(name)
      if (number === undefined) continue
      const list = byNumber.get(number)
      if (list) list.push(...alternatives)
      else byNumber.set(number, [...alternatives])
    }
  }
  return new Map([...byNumber].map(([number, list]) => [number, decide(graph, list, fallback, target.wide)]))
}

function parseFlags(names: readonly string[]): number {
  return names.reduce((sum, name) => {
    const value = Object.hasOwn(flagValues, name) ? flagValues[name] : undefined
    if (value === undefined) throw invalid(`"${name}" is not a flag`, `flags are ${Object.keys(flagValues).join(', ')}`)
    return sum | value
  }, 0)
}
