/** The compiler against the meaning of documents, and its bad inputs. */
import { describe, expect, it } from 'vitest'
import { actionValue, KILL_PROCESS, NO_SUCH_CALL } from '../../../../lib/launch/seccomp/actions.js'
import { architecture, X32_BIT } from '../../../../lib/launch/seccomp/architectures.js'
import { compileSeccomp } from '../../../../lib/launch/seccomp.js'
import type { RuntimeSeccomp, RuntimeSyscallArgument, SeccompAction } from '../../../../lib/oci/index.js'
import { AARCH64, type Call, run, verdict, X86, X86_64 } from './bpf-machine.js'
import { callsOn, describeCall, rulesOn } from './calls.js'
import { meaning } from './meaning.js'
import { randomDocument } from './random-document.js'
import { random } from './tool.js'

const ALLOW = 0x7fff_0000
const EPERM = 0x0005_0001

const x64 = (document: RuntimeSeccomp): Uint8Array => compileSeccomp(document, { arch: 'x64' }).filter
const call = (number: number, ...args: bigint[]): Call => ({ number, architecture: X86_64, args })
const allowing = (...names: string[]): RuntimeSeccomp => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
})

describe('compileSeccomp', () => {
  it.each([
    ['x86_64', ['SCMP_ARCH_X86_64'], 'x64'],
    ['x86_64, i386 and x32', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'], 'x64'],
    ['aarch64', ['SCMP_ARCH_AARCH64'], 'arm64'],
  ] as const)('decides what the document says, for 100 random documents on %s', (_, architectures, machine) => {
    for (let seed = 1; seed <= 100; seed++) {
      const document = randomDocument(random(seed), architectures, 'wild')
      const { filter } = compileSeccomp(document, { arch: machine })
      for (const name of architectures) {
        const target = architecture(name)
        const means = meaning(document, target)
        for (const each of callsOn(target, document, random(seed))) {
          const got = verdict(filter, each)
          const wanted = means(each)
          if (got !== wanted) {
            const rules = rulesOn(each, target, document)
            expect.fail(`${name} ${describeCall(each)}: ${got.toString(16)} for ${wanted.toString(16)}\n${rules}`)
          }
        }
      }
    }
  })

  it('kills what belongs to another architecture', () => {
    expect(verdict(x64(allowing('read')), { number: 0, architecture: X86 })).toBe(KILL_PROCESS)
    expect(verdict(x64(allowing('read')), { number: 0, architecture: AARCH64 })).toBe(KILL_PROCESS)
    const withI386 = x64({ ...allowing('read'), architectures: ['SCMP_ARCH_X86'] })
    expect(verdict(withI386, { number: 3, architecture: X86 })).toBe(ALLOW)
    expect(verdict(withI386, { number: 0, architecture: X86_64 })).toBe(ALLOW)
    expect(verdict(withI386, { number: 0, architecture: AARCH64 })).toBe(KILL_PROCESS)
  })

  it('ignores architectures that the machine cannot execute', () => {
    const filter = x64({
      ...allowing('read'),
      architectures: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_S390X', 'SCMP_ARCH_ARM'],
    })
    expect(verdict(filter, { number: 63, architecture: AARCH64 })).toBe(KILL_PROCESS)
  })

  it('knows no x32 call unless asked, also where everything is allowed', () => {
    const open: RuntimeSeccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' }],
    }
    expect(verdict(x64(open), call(101))).toBe(EPERM)
    for (const number of [X32_BIT, X32_BIT + 101, X32_BIT + 521, 0xffff_ffff]) {
      expect(verdict(x64(open), call(number))).toBe(NO_SUCH_CALL)
    }
    const asked = x64({ ...open, architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'] })
    expect(verdict(asked, call(X32_BIT + 521))).toBe(EPERM)
    expect(verdict(asked, call(X32_BIT))).toBe(ALLOW)
  })

  it('says ENOSYS to calls newer than the document, unless it lets everything else happen', () => {
    const filter = x64(allowing('read', 'openat2'))
    expect(verdict(filter, call(438))).toBe(NO_SUCH_CALL)
    expect(verdict(filter, call(9999))).toBe(NO_SUCH_CALL)
    expect(verdict(filter, call(436))).toBe(EPERM)
    for (const defaultAction of ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'] as const) {
      const open = x64({ defaultAction, syscalls: [{ names: ['read'], action: 'SCMP_ACT_KILL' }] })
      expect(verdict(open, call(9999))).toBe(actionValue(defaultAction))
    }
    expect(verdict(x64({ defaultAction: 'SCMP_ACT_KILL_PROCESS' }), call(9999))).toBe(KILL_PROCESS)
  })

  it('lets the strictest of the matching rules win, wherever it stands', () => {
    const first: RuntimeSyscallArgument[] = [{ index: 0, op: 'SCMP_CMP_EQ', value: 7 }]
    const strict = { names: ['dup'], action: 'SCMP_ACT_KILL' as SeccompAction, args: first }
    const open = { names: ['dup'], action: 'SCMP_ACT_ALLOW' as SeccompAction }
    for (const syscalls of [
      [strict, open],
      [open, strict],
    ]) {
      const filter = x64({ defaultAction: 'SCMP_ACT_ERRNO', syscalls })
      expect(verdict(filter, call(32, 7n))).toBe(0)
      expect(verdict(filter, call(32, 8n))).toBe(ALLOW)
    }
  })

  it('compares both halves of 64 bits', () => {
    const big = '18446744073709551516' // AT_FDCWD as a register has it
    const filter = x64({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['openat'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, op: 'SCMP_CMP_EQ', value: big }] }],
    })
    expect(verdict(filter, call(257, 0xffff_ffff_ffff_ff9cn))).toBe(ALLOW)
    expect(verdict(filter, call(257, 0xffff_ff9cn))).toBe(EPERM)
  })

  it('jumps farther than a byte, and loads a word once', () => {
    const args = (value: number): RuntimeSyscallArgument[] => [
      { index: 1, op: 'SCMP_CMP_MASKED_EQ', value: 0xffff_ffff, valueTwo: value },
    ]
    const filter = x64({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        ...Array.from({ length: 1000 }, (_, value) => ({
          names: ['ioctl'],
          action: (value % 2 ? 'SCMP_ACT_ALLOW' : 'SCMP_ACT_TRAP') as SeccompAction,
          args: args(value * 3),
        })),
        { names: ['read', 'statx'], action: 'SCMP_ACT_ALLOW' },
      ],
    })
    for (const value of [0, 1, 499, 500, 998, 999]) {
      expect(verdict(filter, call(16, 0n, BigInt(value * 3)))).toBe(value % 2 ? ALLOW : 0x0003_0000)
      expect(verdict(filter, call(16, 0n, BigInt(value * 3 + 1)))).toBe(EPERM)
    }
    expect(verdict(filter, call(332))).toBe(ALLOW)
    expect(filter.length / 8).toBeLessThan(1100)
    expect(run(filter, call(0)).steps).toBeLessThan(12)
  })

  it('says so when a filter is longer than the kernel takes', () => {
    const syscalls = Array.from({ length: 3000 }, (_, value) => ({
      names: ['ioctl'],
      action: 'SCMP_ACT_ALLOW' as SeccompAction,
      args: [{ index: value % 6, op: 'SCMP_CMP_EQ' as const, value: `${BigInt(value) << 30n}` }],
    }))
    expect(() => x64({ defaultAction: 'SCMP_ACT_ERRNO', syscalls })).toThrowError(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('4096 instructions') }),
    )
  })

  it('reports flags and listeners', () => {
    const compiled = compileSeccomp({
      ...allowing('read'),
      flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
    })
    expect(compiled).toMatchObject({ flags: 6, notify: false })
    expect(compileSeccomp({ defaultAction: 'SCMP_ACT_NOTIFY' }).notify).toBe(true)
    const rule = { names: ['read'], action: 'SCMP_ACT_NOTIFY' as const }
    expect(compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }).notify).toBe(true)
  })

  it('compiles equal content once, and never takes a changed document for the old one', () => {
    const document = allowing('read')
    const first = compileSeccomp(document, { arch: 'x64' })
    expect(compileSeccomp(allowing('read'), { arch: 'x64' })).toBe(first)
    document.syscalls?.[0]?.names.push('write')
    expect(verdict(x64(document), call(1))).toBe(ALLOW)
    expect(verdict(first.filter, call(1))).toBe(NO_SUCH_CALL)
    expect(compileSeccomp(allowing('read'), { arch: 'x64', key: 'mine' })).toBe(
      compileSeccomp(allowing('write'), { arch: 'x64', key: 'mine' }),
    )
  })

  const bad: [string, Partial<RuntimeSeccomp>, string][] = [
    [
      'an unknown default action',
      { defaultAction: 'SCMP_ACT_NOPE' as SeccompAction },
      '"SCMP_ACT_NOPE" is not an action',
    ],
    ['a name of Object.prototype', { defaultAction: 'constructor' as SeccompAction }, '"constructor" is not an action'],
    ['an errno out of range', { defaultErrnoRet: 4096 }, 'errnoRet is 4096'],
    ['an unknown flag', { flags: ['LOUD'] }, '"LOUD" is not a flag'],
    ['a rule without names', { syscalls: [{ names: [], action: 'SCMP_ACT_ALLOW' }] }, 'names no system call'],
    ['a bad index', withArgument({ index: 6, op: 'SCMP_CMP_EQ', value: 0 }), 'argument index 6 of read'],
    ['a bad operator', withArgument({ index: 0, op: 'EQ' as 'SCMP_CMP_EQ', value: 0 }), '"EQ" in a rule of read'],
    [
      'a rounded value',
      withArgument({ index: 0, op: 'SCMP_CMP_EQ', value: 2 ** 64 }),
      'no integer that a number holds',
    ],
    ['a fraction', withArgument({ index: 0, op: 'SCMP_CMP_EQ', value: 1.5 }), 'is 1.5'],
    ['a negative value', withArgument({ index: 0, op: 'SCMP_CMP_EQ', value: -1 }), 'outside of 0 to 2^64-1'],
    ['65 bits', withArgument({ index: 0, op: 'SCMP_CMP_EQ', value: `${2n ** 64n}` }), 'outside of 0 to 2^64-1'],
    ['a text', withArgument({ index: 0, op: 'SCMP_CMP_EQ', value: '0x10' }), 'not a decimal number'],
    ['no value', withArgument({ index: 0, op: 'SCMP_CMP_EQ' } as RuntimeSyscallArgument), 'is missing'],
  ]
  it.each(bad)('refuses %s', (_, change, message) => {
    expect(() => compileSeccomp({ ...allowing('read'), ...change })).toThrowError(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(message) }),
    )
  })

  it('is made for two machines', () => {
    expect(() => compileSeccomp(allowing('read'), { arch: 'riscv64' })).toThrowError(
      expect.objectContaining({ code: 'ERR_NOT_SUPPORTED' }),
    )
  })
})

function withArgument(argument: RuntimeSyscallArgument): Partial<RuntimeSeccomp> {
  return { syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [argument] }] }
}
