import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { type Finding, must, should } from './check.js'

/** What each version of the kernel brought that is used. */
const least = { version: [5, 12], why: 'openat2, clone3 into a cgroup, id-mapped mounts' } as const
const good = { version: [5, 19], why: 'overlays of id-mapped layers, which sandboxes are made of' } as const

export function kernelFindings(): Finding[] {
  const version = parseRelease(release())
  const systems = read('/proc/filesystems')
  const actions = read('/proc/sys/kernel/seccomp/actions_avail')
  return [
    must('kernel', isAtLeast(version, least.version), release(), `Linux ${least.version.join('.')} or newer is needed (${least.why})`),
    should('sandboxes', isAtLeast(version, good.version), isAtLeast(version, good.version) ? 'overlays of id-mapped layers' : `not on Linux ${version.join('.')}`, `Linux ${good.version.join('.')} or newer has ${good.why}; until then use --isolation compat`),
    must('overlay', /\boverlay$/m.test(systems), /\boverlay$/m.test(systems) ? 'the kernel has overlayfs' : 'the kernel does not list overlayfs', "run 'modprobe overlay', or use a kernel that has CONFIG_OVERLAY_FS"),
    must('seccomp', actions.includes('errno'), actions.trim() || 'not there', 'use a kernel that has CONFIG_SECCOMP_FILTER'),
  ]
}

/** '6.1.0-18-amd64' as [6, 1]. */
export function parseRelease(text: string): [number, number] {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(text) ?? []
  return [Number(major), Number(minor)]
}

export function isAtLeast([major, minor]: readonly [number, number], [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

/** The text of a file of the kernel; empty where there is none. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
