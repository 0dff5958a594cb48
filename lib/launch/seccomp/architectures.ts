/** The machines that filters are made for, and their system call tables. */
import { GantryError } from '../../errors/index.js'
import { aarch64 } from './syscalls/aarch64.js'
import { recent } from './syscalls/recent.js'
import { x32Moved, x32Removed } from './syscalls/x32.js'
import { x86 } from './syscalls/x86.js'
import { x86_64 } from './syscalls/x86-64.js'

/** Node's names. */
export type Machine = 'x64' | 'arm64'

export interface Architecture {
  name: string
  /** AUDIT_ARCH_*, as the kernel gives it to a filter. */
  audit: number
  /** The lowest number. */
  base: number
  /** Arguments are 64 bits wide. */
  wide: boolean
  /** Name to number, as the kernel gives it to a filter. */
  numbers: ReadonlyMap<string, number>
}

/** Set in the number of every x32 call, whose architecture is that of x86_64. */
export const X32_BIT = 0x4000_0000

const builders: Record<string, () => Architecture> = {
  SCMP_ARCH_X86_64: () => ({
    name: 'SCMP_ARCH_X86_64',
    audit: 0xc000_003e,
    base: 0,
    wide: true,
    numbers: parse(x86_64, recent),
  }),
  SCMP_ARCH_X86: () => ({
    name: 'SCMP_ARCH_X86',
    audit: 0x4000_0003,
    base: 0,
    wide: false,
    numbers: parse(x86, recent),
  }),
  SCMP_ARCH_X32: () => ({
    name: 'SCMP_ARCH_X32',
    audit: 0xc000_003e,
    base: X32_BIT,
    wide: true,
    numbers: x32Numbers(),
  }),
  SCMP_ARCH_AARCH64: () => ({
    name: 'SCMP_ARCH_AARCH64',
    audit: 0xc000_00b7,
    base: 0,
    wide: true,
    numbers: parse(aarch64, recent),
  }),
}

const machines: Record<Machine, readonly string[]> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32', 'SCMP_ARCH_X86'],
  arm64: ['SCMP_ARCH_AARCH64'],
}

const known = new Map<string, Architecture>()

/** The table of an architecture, made at its first use. */
export function architecture(name: string): Architecture {
  const found = known.get(name)
  if (found) return found
  const build = builders[name]
  if (!build) throw new GantryError('ERR_NOT_SUPPORTED', `seccomp: there is no system call table of ${name}`)
  const built = build()
  known.set(name, built)
  return built
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return machine(process.arch)
}

export function machine(name: string): Machine {
  if (name === 'x64' || name === 'arm64') return name
  throw new GantryError('ERR_NOT_SUPPORTED', `seccomp: filters are made for x64 and arm64, not for ${name}`)
}

/**
 * The architectures that a filter lets in: the machine's own, and those of the list that it can execute. Others are ignored
 * as they cannot occur; a 32-bit one without a table here (ARM) stays out, and its programs are killed.
 */
export function selectArchitectures(on: Machine, wanted: readonly string[] = []): Architecture[] {
  const [native, ...others] = machines[on] as [string, ...string[]]
  return [native, ...others.filter((name) => wanted.includes(name))].map(architecture)
}

/** Numbers start a run; names take the numbers that follow. */
function parse(...tables: string[]): Map<string, number> {
  const numbers = new Map<string, number>()
  let next = 0
  for (const word of tables.join(' ').split(/\s+/)) {
    if (word === '') continue
    if (/^\d/.test(word)) next = Number(word)
    else numbers.set(word, next++)
  }
  return numbers
}

function x32Numbers(): Map<string, number> {
  const numbers = parse(x86_64, recent)
  for (const name of x32Removed.split(' ')) numbers.delete(name)
  for (const [name, number] of parse(x32Moved)) numbers.set(name, number)
  for (const [name, number] of numbers) numbers.set(name, number + X32_BIT)
  return numbers
}
