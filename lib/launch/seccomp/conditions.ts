/** Rules on one system call as a chain of decisions. */
import type { RuntimeSyscallArgument, SeccompOperator } from '../../oci/index.js'
import { strictness } from './actions.js'
import { argumentOffset, type Graph, type Node } from './assembler.js'
import { invalid, uint64 } from './values.js'

export interface Comparison {
  index: number
  operator: SeccompOperator
  /** What is compared with; MASKED_EQ: the mask. */
  value: bigint
  /** MASKED_EQ: what the masked argument has to be; libseccomp masks this too. */
  second: bigint
}

/** All comparisons hold: the filter returns `verdict`. */
export interface Rule {
  verdict: number
  comparisons: readonly Comparison[]
}

const operators = new Set<string>([
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
])

/** Checks a comparison of a document. */
export function parseComparison(argument: RuntimeSyscallArgument, call: string): Comparison {
  const { index, op } = argument
  if (!Number.isInteger(index) || index < 0 || index > 5)
    throw invalid(`the argument index ${index} of ${call} is not 0 to 5`)
  if (!operators.has(op))
    throw invalid(`"${op}" in a rule of ${call} is not an operator`, `operators are ${[...operators].join(', ')}`)
  return {
    index,
    operator: op,
    value: uint64(argument.value, `a value in a rule of ${call}`),
    second: uint64(argument.valueTwo ?? 0, `a second value in a rule of ${call}`),
  }
}

/**
 * Of all rules that match a call the strictest wins, in the kernel's own order of actions, whatever their order in the document;
 * among equally strict ones the first. What no rule matches gets the fallback.
 */
export function decide(graph: Graph, rules: readonly Rule[], fallback: Node, wide: boolean): Node {
  const ordered = [...rules].sort((one, other) => strictness(one.verdict) - strictness(other.verdict))
  const last = ordered.findIndex((rule) => rule.comparisons.length === 0)
  if (last >= 0) ordered.length = last + 1
  return ordered.reduceRight((otherwise, rule) => {
    const verdict = graph.return(rule.verdict)
    return rule.comparisons.reduceRight(
      (then, comparison) => compare(graph, comparison, then, otherwise, wide),
      verdict,
    )
  }, fallback)
}

/** An argument is 64 bits wide and the machine's words 32: the high half decides, unless it is equal. */
function compare(graph: Graph, comparison: Comparison, yes: Node, no: Node, wide: boolean): Node {
  const { index, operator, value, second } = comparison
  const high = argumentOffset(index, true)
  const low = argumentOffset(index, false)
  const [valueHigh, valueLow] = halves(value)
  switch (operator) {
    case 'SCMP_CMP_MASKED_EQ': {
      const [secondHigh, secondLow] = halves(second & value)
      const rest = masked(graph, low, valueLow, secondLow, yes, no)
      return wide ? masked(graph, high, valueHigh, secondHigh, rest, no) : secondHigh === 0 ? rest : no
    }
    case 'SCMP_CMP_NE':
      return compare(graph, { ...comparison, operator: 'SCMP_CMP_EQ' }, no, yes, wide)
    case 'SCMP_CMP_LT':
      return compare(graph, { ...comparison, operator: 'SCMP_CMP_GE' }, no, yes, wide)
    case 'SCMP_CMP_LE':
      return compare(graph, { ...comparison, operator: 'SCMP_CMP_GT' }, no, yes, wide)
    case 'SCMP_CMP_EQ': {
      const rest = graph.load(low, graph.jump('equal', valueLow, yes, no, low))
      if (!wide) return valueHigh === 0 ? rest : no
      return graph.load(high, graph.jump('equal', valueHigh, rest, no, high))
    }
    case 'SCMP_CMP_GE':
    case 'SCMP_CMP_GT': {
      const rest = ordered(graph, low, operator === 'SCMP_CMP_GE' ? 'notLess' : 'greater', valueLow, yes, no)
      if (!wide) return valueHigh === 0 ? rest : no
      const equal = graph.jump('equal', valueHigh, rest, no, high)
      const above = graph.jump('greater', valueHigh, yes, equal, high)
      // Nothing is below a high half of 0, and nothing above one of all ones.
      const shortcut = valueHigh === 0 ? graph.jump('equal', 0, rest, yes, high) : equal
      return graph.load(high, valueHigh === 0 || valueHigh === 0xffff_ffff ? shortcut : above)
    }
  }
}

function ordered(graph: Graph, offset: number, test: 'notLess' | 'greater', value: number, yes: Node, no: Node): Node {
  if (test === 'notLess' && value === 0) return yes
  if (test === 'greater' && value === 0xffff_ffff) return no
  return graph.load(offset, graph.jump(test, value, yes, no, offset))
}

function masked(graph: Graph, offset: number, mask: number, value: number, yes: Node, no: Node): Node {
  if (mask === 0) return yes
  if (mask === 0xffff_ffff) return graph.load(offset, graph.jump('equal', value, yes, no, offset))
  if (value === 0) return graph.load(offset, graph.jump('anyBit', mask, no, yes, offset))
  return graph.load(offset, graph.and(mask, graph.jump('equal', value, yes, no)))
}

function halves(value: bigint): [number, number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)]
}
