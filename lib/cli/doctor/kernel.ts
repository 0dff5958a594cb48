import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { type Finding, must } from './check.js'

/** The version that is needed, and what of it is used. */
const least = { version: [5, 19], why: 'clone3 into a cgroup, id-mapped mounts, overlays of id-mapped layers' } as const

export function kernelFindings(): Finding[] {
  const version = parseRelease(release())
  const systems = read('/proc/filesystems')
  const actions = read('/proc/sys/kernel/seccomp/actions_avail')
  return [
    must('kernel', isAtLeast(version, least.version), release(), `Linux ${least.version.join('.')} or newer is needed (${least.why})`),
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
