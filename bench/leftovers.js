// What a machine holds, counted: the same before and after, or something was left behind.
import { readdirSync, readFileSync } from 'node:fs'

const count = (path, keep = () => true) => {
  try {
    return readdirSync(path).filter(keep).length
  } catch {
    return 0
  }
}

function cgroups() {
  let total = 0
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    if (/ - cgroup2? /.test(line)) total += count(`${line.split(' ')[4]}/gantry`, (name) => /^[0-9a-f]{64}$/.test(name))
  }
  return total
}

export function holdings(roots = []) {
  return {
    monitors: readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('gantry-')
      } catch {
        return false
      }
    }).length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length - 1,
    cgroups: cgroups(),
    interfaces: count('/sys/class/net'),
    descriptors: count('/proc/self/fd'),
    directories: roots.reduce((sum, root) => sum + count(`${root}/containers`) + count(`${root}/names/containers`) + count(`${root}/ids`), 0),
  }
}

export function difference(before, after) {
  return Object.entries(after).filter(([name, value]) => value > before[name]).map(([name, value]) => `${name}: ${before[name]} -> ${value}`)
}
