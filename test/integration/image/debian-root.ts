import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A minimal Debian made by debootstrap, once for all tests of a machine. */
export function debianRoot(): string {
  const path = process.env.GANTRY_TEST_DEBIAN_ROOT ?? '/tmp/gantry-debian-root'
  if (!existsSync(`${path}.done`)) {
    // Under a lock: several test processes may want it at once.
    execFileSync('flock', [`${path}.lock`, 'sh', '-ec', `[ -e '${path}.done' ] || { rm -rf '${path}'; debootstrap --variant=minbase bookworm '${path}' '${mirror()}'; touch '${path}.done'; }`], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 })
  }
  return path
}

/** The mirror that apt uses here. */
function mirror(): string {
  for (const file of ['/etc/apt/sources.list', ...readdirSync('/etc/apt/sources.list.d').map((name) => `/etc/apt/sources.list.d/${name}`)]) {
    const found = existsSync(file) ? /^(?:URIs:|deb (?:\[[^\]]*\] )?)\s*(https?:\/\/\S+debian)\/?(?:\s|$)/m.exec(readFileSync(file, 'utf8')) : null
    if (found) return found[1]!
  }
  return 'http://deb.debian.org/debian'
}
