/** The compiler against libseccomp, which runc, crun and podman use: same documents, same verdicts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPermissive, NO_SUCH_CALL } from '../../../../lib/launch/seccomp/actions.js'
import { type Architecture, architecture } from '../../../../lib/launch/seccomp/architectures.js'
import { compileSeccomp, defaultSeccomp } from '../../../../lib/launch/seccomp.js'
import type { RuntimeSeccomp } from '../../../../lib/oci/index.js'
import { type Call, verdict } from './bpf-machine.js'
import { callsOn, describeCall, rulesOn } from './calls.js'
import { libseccompFilter, without } from './libseccomp.js'
import { randomDocument } from './random-document.js'
import { buildTool, random, type Tool } from './tool.js'

const docker =
  `AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID
  SYS_CHROOT`.split(/\s+/)

let oracle: Tool
beforeAll(() => {
  oracle = buildTool('oracle', '-lseccomp')
})
afterAll(() => oracle[Symbol.dispose]())

/** What libseccomp says, and what is runc's and ours besides: ENOSYS for calls newer than all that are named. */
function expectation(filter: Uint8Array, target: Architecture, document: RuntimeSeccomp): (call: Call) => number {
  const names = document.syscalls?.flatMap((rule) => rule.names) ?? []
  const newest = Math.max(...names.flatMap((name) => target.numbers.get(name) ?? []))
  const unknown = { number: target.base + 699, architecture: target.audit }
  const limit = newest < 0 || isPermissive(verdict(filter, unknown)) ? Number.POSITIVE_INFINITY : newest
  return (call) => (call.number > limit ? NO_SUCH_CALL : verdict(filter, call))
}

function compare(document: RuntimeSeccomp, seed: number, machine: 'x64' | 'arm64' = 'x64'): number {
  const reduced = without(document, libseccompFilter(oracle.path, document).unknownNames)
  const theirs = libseccompFilter(oracle.path, reduced).filter
  const ours = compileSeccomp(reduced, { arch: machine }).filter
  const next = random(seed)
  let compared = 0
  for (const name of reduced.architectures ?? []) {
    const target = architecture(name)
    const says = expectation(theirs, target, reduced)
    for (const call of callsOn(target, reduced, next)) {
      const wanted = says(call).toString(16)
      const got = verdict(ours, call).toString(16)
      if (got !== wanted) {
        expect.fail(`${name} ${describeCall(call)}: ${got}, libseccomp ${wanted}\n${rulesOn(call, target, reduced)}`)
      }
      compared++
    }
  }
  return compared
}

describe('the compiler and libseccomp', () => {
  it('agree on the compat profile', () => {
    expect(compare(defaultSeccomp({ isolation: 'compat', capabilities: docker, arch: 'x64' }), 1)).toBeGreaterThan(1000)
    expect(compare(defaultSeccomp({ isolation: 'compat', capabilities: ['ALL'], arch: 'x64' }), 2)).toBeGreaterThan(
      1000,
    )
    const arm64 = defaultSeccomp({ isolation: 'compat', capabilities: docker, arch: 'arm64' })
    expect(compare(arm64, 3, 'arm64')).toBeGreaterThan(1000)
  })

  it('agree on the sandbox profile but for its rules on ioctl, which libseccomp cannot express', () => {
    const sandbox = defaultSeccomp({ isolation: 'sandbox', capabilities: ['CHOWN'], arch: 'x64' })
    expect(compare(without(sandbox, ['ioctl']), 4)).toBeGreaterThan(1000)
  })

  it.each([
    ['x86_64', ['SCMP_ARCH_X86_64'], 'x64', 60],
    ['x86_64 with i386', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], 'x64', 25],
    ['x86_64 with x32', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'], 'x64', 25],
    ['all three', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'], 'x64', 15],
    ['aarch64', ['SCMP_ARCH_AARCH64'], 'arm64', 25],
  ] as const)('agree on random documents for %s', (_, architectures, machine, count) => {
    for (let seed = 1; seed <= count; seed++) {
      compare(randomDocument(random(seed), architectures, 'plain'), seed, machine)
    }
  })
})
