// The same job by others: each gives { name, once } when it is installed and works here.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { child, installed } from './ground.js'

/** An OCI bundle with five new namespaces and no system-call filter: crun's own minimum, and less than what we set up. */
export function bundle(directory, rootfs, args = ['/bin/true']) {
  mkdirSync(directory, { recursive: true })
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  ]
  const caps = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({
      ociVersion: '1.0.2',
      process: { terminal: false, user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin'], cwd: '/', noNewPrivileges: true, capabilities: { bounding: caps, effective: caps, permitted: caps } },
      root: { path: rootfs, readonly: true },
      hostname: 'bench',
      mounts,
      linux: {
        resources: { devices: [{ allow: false, access: 'rwm' }] },
        namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        maskedPaths: ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/sched_debug', '/sys/firmware', '/proc/scsi'],
        readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      },
    }),
  )
  return directory
}

let host
/** Runs a command where a hybrid machine looks like one with v1 alone; resolves with the milliseconds it took there. */
function childOnLegacy(command, args) {
  host ??= startHost()
  return host(command, args)
}

function startHost() {
  const script = `umount /sys/fs/cgroup/unified && exec "${process.execPath}" "${fileURLToPath(new URL('peer-host.js', import.meta.url))}"`
  const server = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'ignore'] })
  server.unref()
  server.stdin.unref?.()
  const waiting = []
  createInterface({ input: server.stdout }).on('line', (line) => {
    const { resolve, reject } = waiting.shift()
    const answer = JSON.parse(line)
    if (typeof answer === 'number') resolve(answer)
    else reject(new Error(answer))
    if (waiting.length === 0) server.stdout.unref?.()
  })
  return (command, args) =>
    new Promise((resolve, reject) => {
      server.stdout.ref?.()
      waiting.push({ resolve, reject })
      server.stdin.write(`${JSON.stringify([command, ...args])}\n`)
    })
}

const refusesHybrid = new Map()
/** As child(), on whatever ground the runtime accepts. */
export function runtimeChild(runtime, args) {
  return refusesHybrid.get(runtime) ? childOnLegacy(runtime, args) : child(runtime, args)
}

/** Finds out which ground that is; true when it is the one without the v2 tree. */
export async function tryRuntime(runtime, root, directory) {
  try {
    await child(runtime, ['--root', root, 'run', '--bundle', directory, unique()])
    return false
  } catch {
    refusesHybrid.set(runtime, true)
    await childOnLegacy(runtime, ['--root', root, 'run', '--bundle', directory, unique()])
    return true
  }
}

let counter = 0
const unique = () => `bench-${process.pid}-${counter++}`

export async function startPeers({ base, rootfs }) {
  const peers = []
  for (const runtime of ['crun', 'runc']) {
    if (!installed(runtime)) continue
    const directory = bundle(join(base, `bundle-${runtime}`), rootfs)
    const root = join(base, `state-${runtime}`)
    await tryRuntime(runtime, root, directory)
    peers.push({ name: runtime, once: () => runtimeChild(runtime, ['--root', root, 'run', '--bundle', directory, unique()]) })
  }
  if (installed('bwrap')) peers.push({ name: 'bwrap', once: () => child('bwrap', ['--unshare-all', '--bind', rootfs, '/', '--proc', '/proc', '--dev', '/dev', '/bin/true']) })
  for (const engine of ['docker', 'podman']) {
    try {
      execFileSync('sh', ['-c', `tar -C ${rootfs} -c . | ${engine} import - gantry-bench`], { stdio: 'ignore', timeout: 60_000 })
      const args = ['run', '--rm', '--network', 'none', 'gantry-bench', '/bin/true']
      execFileSync(engine, args, { stdio: 'ignore', timeout: 60_000 })
      peers.push({ name: `${engine} run`, slow: true, once: () => child(engine, args) })
    } catch {
      // Not installed, or it does not run here: it is left out of the table.
    }
  }
  return peers
}
