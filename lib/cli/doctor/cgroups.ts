import { accessSync, constants } from 'node:fs'
import { type Finding, must, should } from './check.js'
import { read } from './kernel.js'

interface Hierarchies {
  /** Controllers by the directory where they are found. */ controllers: Map<string, string>
  kind: 'none' | 'v1' | 'v2' | 'hybrid'
}

const wanted = ['memory', 'cpu', 'pids', 'cpuset'] as const

export function cgroupFindings(): Finding[] {
  const { controllers, kind } = findHierarchies(read('/proc/self/mountinfo'), (directory) => read(`${directory}/cgroup.controllers`))
  const missing = wanted.filter((name) => !controllers.has(name))
  const readOnly = [...new Set(controllers.values())].filter((directory) => !isWritable(directory))
  return [
    must('cgroups', kind !== 'none', kind === 'none' ? 'no cgroup file system is mounted' : kind === 'hybrid' ? 'v1 with v2 beside it' : kind, 'mount one: mount -t cgroup2 none /sys/fs/cgroup'),
    should('limits', missing.length === 0, missing.length === 0 ? wanted.join(', ') : `without ${missing.join(', ')}`, `limits of ${missing.join(', ')} will be refused; on cgroup v2 an administrator enables them in cgroup.subtree_control`),
    must('cgroup trees', readOnly.length === 0, readOnly.length === 0 ? 'writable' : `${readOnly.join(', ')} cannot be written`, 'inside another container, start that one with a writable cgroup file system (docker: --privileged, or --cgroupns=private with a bind of /sys/fs/cgroup)'),
  ]
}

/** Reads the mount table for the places of the controllers. */
export function findHierarchies(mountinfo: string, unifiedControllers: (directory: string) => string): Hierarchies {
  const controllers = new Map<string, string>()
  let v1 = false
  let unified = false
  for (const line of mountinfo.split('\n')) {
    const [mount = '', rest = ''] = line.split(' - ')
    const directory = mount.split(' ')[4] ?? ''
    const [type, , options = ''] = rest.split(' ')
    if (type === 'cgroup2') {
      unified = true
      for (const name of unifiedControllers(directory).trim().split(/\s+/)) if (name !== '' && !controllers.has(name)) controllers.set(name, directory)
    } else if (type === 'cgroup') {
      const names = options.split(',').filter((name) => (wanted as readonly string[]).includes(name))
      if (names.length > 0) v1 = true
      for (const name of names) controllers.set(name, directory)
    }
  }
  return { controllers, kind: v1 ? (unified ? 'hybrid' : 'v1') : unified ? 'v2' : 'none' }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
