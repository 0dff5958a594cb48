import { type Finding, must, should } from './check.js'
import { read } from './kernel.js'

const capabilityBits = { SYS_ADMIN: 21, SYS_RESOURCE: 24 } as const

export function privilegeFindings(): Finding[] {
  const uid = process.geteuid?.() ?? -1
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(read('/proc/self/status'))?.[1] ?? '0'}`)
  const has = (name: keyof typeof capabilityBits) => ((effective >> BigInt(capabilityBits[name])) & 1n) === 1n
  const namespaces = Number(read('/proc/sys/user/max_user_namespaces').trim() || '0')
  return [
    must('privilege', uid === 0 && has('SYS_ADMIN'), `user id ${uid}${has('SYS_ADMIN') ? ' with' : ' without'} CAP_SYS_ADMIN`, uid === 0 ? 'this container or service was given too little: it needs CAP_SYS_ADMIN' : "run it as root, with 'sudo gantry ...'; ordinary users come in a later version"),
    should('ulimits', has('SYS_RESOURCE'), has('SYS_RESOURCE') ? 'may be raised' : 'without CAP_SYS_RESOURCE', 'limits above the hard limits of this process cannot be given to containers, and defaults are lowered to them'),
    should('user namespaces', namespaces > 0, namespaces > 0 ? `at most ${namespaces}` : 'turned off', "sandboxes need them: run 'sysctl -w user.max_user_namespaces=15000', or use --isolation compat"),
  ]
}
