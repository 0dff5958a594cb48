/** Profiles that users bring, in the form of the OCI and in Docker's. */
import { describe, expect, it } from 'vitest'
import { compileSeccomp, type ProfileOptions, parseSeccompProfile } from '../../../../lib/launch/seccomp.js'

const options: ProfileOptions = { capabilities: ['CAP_CHOWN', 'SYS_ADMIN'], kernel: '6.1.0-13-amd64', arch: 'x64' }
const allow = { action: 'SCMP_ACT_ALLOW' }

function parse(document: unknown, changes: Partial<ProfileOptions> = {}): ReturnType<typeof parseSeccompProfile> {
  return parseSeccompProfile(typeof document === 'string' ? document : JSON.stringify(document), {
    ...options,
    ...changes,
  })
}

function names(syscalls: unknown[], changes: Partial<ProfileOptions> = {}): string[] | undefined {
  return parse({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }, changes).syscalls?.flatMap((rule) => rule.names)
}

describe('parseSeccompProfile', () => {
  it('takes an OCI document as it is', () => {
    const document = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: [{ names: ['read'], ...allow, args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] }],
    }
    expect(parse(document)).toEqual(document)
    expect(compileSeccomp(parse(document), { arch: 'x64' }).flags).toBe(2)
  })

  it('takes the architectures that belong to the machine', () => {
    const archMap = [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
      { architecture: 'SCMP_ARCH_RISCV64', subArchitectures: null },
    ]
    const profile = { defaultAction: 'SCMP_ACT_ERRNO', archMap }
    expect(parse(profile).architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
    expect(parse(profile, { arch: 'arm64' }).architectures).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'])
  })

  it('resolves conditions on capabilities, architecture and kernel', () => {
    expect(
      names([
        { names: ['read'], ...allow, includes: { caps: ['CAP_SYS_ADMIN', 'CHOWN'] } },
        { names: ['mount'], ...allow, includes: { caps: ['CAP_SYS_ADMIN', 'CAP_SYS_BOOT'] } },
        { names: ['write'], ...allow, excludes: { caps: ['CAP_SYS_BOOT'] } },
        { names: ['clone3'], ...allow, excludes: { caps: ['CAP_SYS_BOOT', 'CAP_CHOWN'] } },
        { names: ['close'], ...allow, includes: { arches: ['amd64', 'x32'] }, excludes: null },
        { names: ['dup'], ...allow, includes: { arches: ['s390x'] } },
        { names: ['open'], ...allow, excludes: { arches: ['amd64'] } },
        { names: ['ptrace'], ...allow, includes: { minKernel: '4.8' } },
        { names: ['futex'], ...allow, includes: { minKernel: '6.2' } },
        { names: ['poll'], ...allow, includes: {}, excludes: {} },
      ]),
    ).toEqual(['read', 'write', 'close', 'ptrace', 'poll'])
    expect(
      names([{ names: ['mount'], ...allow, includes: { caps: ['CAP_SYS_BOOT'] } }], { capabilities: ['ALL'] }),
    ).toEqual(['mount'])
  })

  it('takes the single name of old profiles, null lists and comments', () => {
    expect(names([{ name: 'read', ...allow, args: null, comment: 'why: 1234567890123456789' }])).toEqual(['read'])
    expect(parse({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: null }).syscalls).toEqual([])
  })

  it('keeps values that a number would round', () => {
    const argument =
      '{"index": 0, "value": 18446744073709551516, "valueTwo":9007199254740993, "op": "SCMP_CMP_MASKED_EQ"}'
    const document = parse(
      `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["openat"], "action": "SCMP_ACT_ALLOW", "args": [${argument}], "comment": "say \\"12345678901234567890\\""}]}`,
    )
    expect(document.syscalls?.[0]?.args?.[0]).toMatchObject({
      value: '18446744073709551516',
      valueTwo: '9007199254740993',
    })
    expect(() => compileSeccomp(document)).not.toThrow()
  })

  it.each([
    ['not JSON', '{', 'is not JSON'],
    ['not an object', '[]', 'malformed at its root'],
    ['no default action', '{}', 'malformed at defaultAction'],
    ['a bad rule', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: 'read' }] }, 'malformed at syscalls.0.names'],
    [
      'two lists of architectures',
      { ...allow, defaultAction: 'x', architectures: ['a'], archMap: [{ architecture: 'b' }] },
      'both',
    ],
    [
      'two kinds of names',
      { defaultAction: 'x', syscalls: [{ name: 'read', names: ['write'], ...allow }] },
      'both name and names',
    ],
    [
      'a bad kernel',
      { defaultAction: 'x', syscalls: [{ names: ['a'], ...allow, includes: { minKernel: 'new' } }] },
      'kernel version',
    ],
  ])('refuses %s', (_, document, message) => {
    expect(() => parse(document)).toThrowError(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(message) }),
    )
  })
})
