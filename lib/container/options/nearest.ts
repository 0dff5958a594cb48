/** The nearest known name of a mistyped one. */

/** What users of Docker, podman and compose type, and what it is called here. */
const ALIASES: Record<string, string> = {
  args: 'command',
  binds: 'mounts',
  cidfile: 'name',
  cmd: 'command',
  containerName: 'name',
  cwd: 'workdir',
  domainName: 'domainname',
  environment: 'env',
  healthCheck: 'healthcheck',
  hostName: 'hostname',
  interactive: 'stdinOpen',
  logOpt: 'log',
  memoryLimit: 'memory',
  nanoCpus: 'cpus',
  net: 'network',
  networkMode: 'network',
  publish: 'ports',
  portBindings: 'ports',
  readonly: 'readOnly',
  restartPolicy: 'restart',
  rm: 'autoRemove',
  securityOptions: 'securityOpt',
  shell: 'command',
  src: 'source',
  destination: 'target',
  dst: 'target',
  timeoutMs: 'timeout',
  volume: 'mounts',
  volumes: 'mounts',
  workingDir: 'workdir',
}

/** The known name that was probably meant, if any is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined
  if (alias !== undefined && known.includes(alias)) return alias
  const wanted = fold(name)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, fold(candidate), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

/** Damerau's distance (a swap of neighbours is one edit), given up at the bound. */
function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) value = Math.min(value, before[j - 2]! + 1)
      row.push(value)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}
