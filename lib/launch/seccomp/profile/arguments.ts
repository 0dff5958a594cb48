/** Conditions on arguments that the kernel takes as an int: the upper half of the register must not count (CVE-2019-7303). */
import type { RuntimeSyscallArgument } from '../../../oci/index.js'

export const INT = 0xffff_ffff

export function isExactly(index: number, value: number): RuntimeSyscallArgument {
  return { index, op: 'SCMP_CMP_MASKED_EQ', value: INT, valueTwo: value }
}

export function hasNone(index: number, bits: number): RuntimeSyscallArgument {
  return { index, op: 'SCMP_CMP_MASKED_EQ', value: bits, valueTwo: 0 }
}
