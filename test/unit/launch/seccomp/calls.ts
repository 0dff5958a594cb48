/** Calls worth trying on a filter. */
import type { Architecture } from '../../../../lib/launch/seccomp/architectures.js'
import type { RuntimeSeccomp } from '../../../../lib/oci/index.js'
import type { Call } from './bpf-machine.js'

/** Every number there is and more, and for rules with arguments the values that decide, their neighbours, and other upper halves. */
export function* callsOn(target: Architecture, document: RuntimeSeccomp, next: () => number): Generator<Call> {
  for (let number = target.base; number < target.base + 700; number++) yield { number, architecture: target.audit }
  const limit = target.wide && target.base === 0 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn
  for (const rule of document.syscalls ?? []) {
    if (!rule.args?.length) continue
    for (const name of rule.names) {
      const number = target.numbers.get(name)
      if (number === undefined) continue
      for (let round = 0; round < 24; round++) {
        const args = Array.from({ length: 6 }, () => 0n)
        for (const { index, value, valueTwo = 0 } of rule.args) {
          const base = BigInt(round % 2 ? value : valueTwo)
          const upper = 0xffff_ffffn << 32n
          const variants = [
            base,
            base + 1n,
            base - 1n,
            ~base,
            base ^ (1n << 32n),
            base | upper,
            0n,
            limit,
            BigInt(next()),
          ]
          args[index] = (variants[next() % variants.length] as bigint) & limit
        }
        yield { number, architecture: target.audit, args }
      }
    }
  }
}

export function describeCall({ number, args }: Call): string {
  return `call ${number}(${args?.map((each) => `0x${each.toString(16)}`) ?? ''})`
}

/** The rules of a document on a call, for a message. */
export function rulesOn(call: Call, target: Architecture, { defaultAction, syscalls = [] }: RuntimeSeccomp): string {
  const rules = syscalls.filter((rule) => rule.names.some((name) => target.numbers.get(name) === call.number))
  return [defaultAction, ...rules.map((rule) => JSON.stringify(rule))].join('\n')
}
