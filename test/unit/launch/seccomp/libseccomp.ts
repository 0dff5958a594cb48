/** The filter that runc and crun would load: the same document through libseccomp. */
import { spawnSync } from 'node:child_process'
import { actionValue } from '../../../../lib/launch/seccomp/actions.js'
import type { RuntimeSeccomp, RuntimeSyscall } from '../../../../lib/oci/index.js'

export interface LibseccompResult {
  filter: Uint8Array
  /** Calls newer than the installed library. */
  unknownNames: string[]
}

export function libseccompFilter(oracle: string, document: RuntimeSeccomp): LibseccompResult {
  const fallback = actionValue(document.defaultAction, document.defaultErrnoRet)
  const lines = [`default ${fallback}`, ...(document.architectures ?? []).map((name) => `arch ${name}`)]
  for (const rule of document.syscalls ?? []) lines.push(...ruleLines(rule, fallback))
  const { stdout, stderr, status } = spawnSync(oracle, { input: `${lines.join('\n')}\n`, maxBuffer: 1 << 24 })
  if (status !== 0) throw new Error(`oracle: ${status} ${stderr.toString()}`)
  return { filter: stdout, unknownNames: [...new Set(stderr.toString().split('\n').filter(Boolean))] }
}

/** runc leaves out rules that do what happens anyway, and parts comparisons when an argument is named twice. */
function ruleLines(rule: RuntimeSyscall, fallback: number): string[] {
  const action = actionValue(rule.action, rule.errnoRet)
  if (action === fallback) return []
  const args = (rule.args ?? []).map(({ index, op, value, valueTwo = 0 }) => `${index} ${op} ${value} ${valueTwo}`)
  const repeated = new Set(rule.args?.map((each) => each.index)).size < args.length
  const alternatives = repeated ? args : [args.join(' ')]
  return rule.names.flatMap((name) => alternatives.map((each) => `rule ${action} ${name} ${each}`.trim()))
}

export function without(document: RuntimeSeccomp, names: readonly string[]): RuntimeSeccomp {
  const syscalls = (document.syscalls ?? []).map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !names.includes(name)),
  }))
  return { ...document, syscalls: syscalls.filter((rule) => rule.names.length > 0) }
}
