/** Actions of a rule as the 32-bit value that a filter returns (linux/seccomp.h). */
import { invalid } from './values.js'

const values: Record<string, number> = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
}

const EPERM = 1
const MAXIMUM_ERRNO = 4095
const ENOSYS = 38

export const KILL_PROCESS = 0x8000_0000
/** "No such system call": what makes a C library fall back to an older one. */
export const NO_SUCH_CALL = 0x0005_0000 | ENOSYS

/** The value that a filter returns for an action; `errnoRet` is the errno of ERRNO (default EPERM) or the message of TRACE. */
export function actionValue(action: string, errnoRet?: number): number {
  const base = Object.hasOwn(values, action) ? values[action] : undefined
  if (base === undefined) throw invalid(`"${action}" is not an action`, `actions are ${Object.keys(values).join(', ')}`)
  if (action !== 'SCMP_ACT_ERRNO' && action !== 'SCMP_ACT_TRACE') return base
  const data = errnoRet ?? EPERM
  const maximum = action === 'SCMP_ACT_ERRNO' ? MAXIMUM_ERRNO : 0xffff
  if (!Number.isInteger(data) || data < 0 || data > maximum)
    throw invalid(`errnoRet is ${data}, outside of 0 to ${maximum}`)
  return base | data
}

/** Lower is stricter: the kernel's own order when several filters disagree (as a signed number, without the data). */
export function strictness(value: number): number {
  return (value & 0xffff_0000) | 0
}

/** The call may happen: ALLOW and LOG, and TRACE, whose tracer has to know calls of the future itself. */
export function isPermissive(value: number): boolean {
  return strictness(value) >= 0x7ff0_0000
}

export function isNotify(value: number): boolean {
  return strictness(value) === 0x7fc0_0000
}
