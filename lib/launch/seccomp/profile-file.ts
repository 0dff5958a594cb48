/** Seccomp profiles that users bring: an OCI document, or Docker's form of it with conditions on capabilities, architecture and kernel. */

import { release } from 'node:os'
import { z } from 'zod'
import type { RuntimeSeccomp, RuntimeSyscall } from '../../oci/index.js'
import { type Machine, machine, thisMachine } from './architectures.js'
import { type DefaultSeccompOptions, isAtLeast } from './profile.js'
import { invalid } from './values.js'

/** What the conditions of a profile are about. */
export type ProfileOptions = Pick<DefaultSeccompOptions, 'capabilities' | 'kernel' | 'arch'>

const texts = z.array(z.string()).nullish()
const condition = z.object({ caps: texts, arches: texts, minKernel: z.string().optional() }).nullish()
const argument = z.object({
  index: z.number(),
  value: z.union([z.number(), z.string()]),
  valueTwo: z.union([z.number(), z.string()]).optional(),
  op: z.string(),
})
const rule = z.object({
  names: texts,
  /** Before Docker 1.13. */ name: z.string().optional(),
  action: z.string(),
  errnoRet: z.number().optional(),
  args: z.array(argument).nullish(),
  includes: condition,
  excludes: condition,
})
const profile = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().optional(),
  architectures: texts,
  archMap: z.array(z.object({ architecture: z.string(), subArchitectures: texts })).nullish(),
  flags: texts,
  listenerPath: z.string().optional(),
  listenerMetadata: z.string().optional(),
  syscalls: z.array(rule).nullish(),
})

type Condition = z.infer<typeof condition>

/** Go's names, which profiles use. */
const goNames: Record<Machine, string> = { x64: 'amd64', arm64: 'arm64' }
const nativeNames: Record<Machine, string> = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' }

/** Reads a profile and resolves its conditions for a container. Throws ERR_INVALID_OPTION when it is malformed. */
export function parseSeccompProfile(text: string, options: ProfileOptions): RuntimeSeccomp {
  const read = profile.safeParse(parseJson(text))
  if (!read.success) {
    const issue = read.error.issues[0]
    throw invalid(`the profile is malformed at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`)
  }
  const { architectures, archMap, flags, syscalls, ...rest } = read.data
  if (architectures?.length && archMap?.length) throw invalid('the profile has both architectures and archMap')
  const on = options.arch === undefined ? thisMachine() : machine(options.arch)
  const mapped = archMap?.find((each) => each.architecture === nativeNames[on])
  const rules = (syscalls ?? []).filter((each) => applies(each.includes, each.excludes, options, goNames[on]))
  return {
    ...rest,
    architectures: mapped ? [mapped.architecture, ...(mapped.subArchitectures ?? [])] : (architectures ?? undefined),
    flags: flags ?? undefined,
    syscalls: rules.map(({ includes, excludes, name, names, args, ...each }) => {
      if (name !== undefined && names?.length) throw invalid(`a rule of the profile has both name and names (${name})`)
      return { ...each, names: names ?? (name === undefined ? [] : [name]), args: args ?? undefined } as RuntimeSyscall
    }),
  } as RuntimeSeccomp
}

function applies(includes: Condition, excludes: Condition, options: ProfileOptions, arch: string): boolean {
  const { capabilities, kernel = release() } = options
  const held = (name: string): boolean =>
    capabilities.includes('ALL') || capabilities.some((each) => full(each) === full(name))
  if (includes?.caps && !includes.caps.every(held)) return false
  if (includes?.arches?.length && !includes.arches.includes(arch)) return false
  if (includes?.minKernel && !isAtLeast(kernel, version(includes.minKernel))) return false
  if (excludes?.caps?.some(held)) return false
  if (excludes?.arches?.includes(arch)) return false
  return !(excludes?.minKernel && isAtLeast(kernel, version(excludes.minKernel)))
}

function full(capability: string): string {
  return capability.startsWith('CAP_') ? capability : `CAP_${capability}`
}

function version(text: string): [number, number] {
  const found = /^(\d+)\.(\d+)/.exec(text)
  if (!found) throw invalid(`"${text}" is not a kernel version`)
  return [Number(found[1]), Number(found[2])]
}

/** JSON whose integers that a number cannot hold become texts: a filter with a rounded value would be another filter. */
function parseJson(text: string): unknown {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|\d{16,}/g, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
  )
  try {
    return JSON.parse(exact)
  } catch (cause) {
    throw invalid(`the profile is not JSON: ${(cause as Error).message}`)
  }
}
