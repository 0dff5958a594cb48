/** What a document means, said as plainly as possible: the model that the compiler is held to. */
import { actionValue, isPermissive, NO_SUCH_CALL, strictness } from '../../../../lib/launch/seccomp/actions.js'
import type { Architecture } from '../../../../lib/launch/seccomp/architectures.js'
import type { RuntimeSeccomp, RuntimeSyscall, RuntimeSyscallArgument } from '../../../../lib/oci/index.js'
import type { Call } from './bpf-machine.js'

export function meaning(document: RuntimeSeccomp, target: Architecture): (call: Call) => number {
  const fallback = actionValue(document.defaultAction, document.defaultErrnoRet)
  const rules = document.syscalls ?? []
  const numbers = rules.map((rule) => new Set(rule.names.flatMap((name) => target.numbers.get(name) ?? [])))
  const newest = Math.max(...numbers.flatMap((each) => [...each]))
  return (call) => {
    const matching = rules.filter((rule, index) => numbers[index]?.has(call.number) && matches(rule, call))
    const verdicts = matching.map((rule) => actionValue(rule.action, rule.errnoRet))
    if (verdicts.length > 0) {
      const strictest = Math.min(...verdicts.map(strictness))
      return verdicts.find((each) => strictness(each) === strictest) as number
    }
    const isNewer = newest >= 0 && call.number > newest
    return isNewer && !isPermissive(fallback) ? NO_SUCH_CALL : fallback
  }
}

function matches(rule: RuntimeSyscall, call: Call): boolean {
  const args = rule.args ?? []
  const holding = args.filter((argument) => holds(argument, call.args?.[argument.index] ?? 0n))
  const repeated = new Set(args.map((each) => each.index)).size < args.length
  return repeated ? holding.length > 0 : holding.length === args.length
}

function holds({ op, value, valueTwo = 0 }: RuntimeSyscallArgument, actual: bigint): boolean {
  const wanted = BigInt(value)
  switch (op) {
    case 'SCMP_CMP_NE':
      return actual !== wanted
    case 'SCMP_CMP_LT':
      return actual < wanted
    case 'SCMP_CMP_LE':
      return actual <= wanted
    case 'SCMP_CMP_EQ':
      return actual === wanted
    case 'SCMP_CMP_GE':
      return actual >= wanted
    case 'SCMP_CMP_GT':
      return actual > wanted
    case 'SCMP_CMP_MASKED_EQ':
      return (actual & wanted) === (BigInt(valueTwo) & wanted)
  }
}
