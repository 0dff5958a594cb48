/**
 * A small virtual machine: Debian's kernel, a disk with busybox, node and the built Gantry, and and a program that runs
 * there. It shows what a test host may not have: cgroup v2 alone, and an old kernel. That kernel has NVMe and ext4 built in, so that no initramfs is needed.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const repository = join(import.meta.dirname, '../../..')
const kernelPackage = 'linux-image-cloud-amd64'

export interface Kernel {
  image: string
  /** The overlay module of this kernel. */ overlay: string
}

/** Debian's kernel package, unpacked (not installed) under the system's directory for temporary files and kept for the next run. */
export function fetchKernel(): Kernel {
  if (process.arch !== 'x64') throw new Error(`the virtual machine needs an x86_64 host; this is ${process.arch}`)
  const depends = execFileSync('apt-cache', ['depends', kernelPackage], { encoding: 'utf8' })
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1]
  if (name === undefined) throw new Error(`the package lists know no ${kernelPackage}: run apt-get update, on Debian`)
  const directory = join(tmpdir(), `gantry-vm-${name}`)
  if (!existsSync(directory)) {
    const scratch = mkdtempSync(`${directory}-`)
    try {
      const download = () =>
        execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], {
          cwd: scratch,
          stdio: ['ignore', 'inherit', 'inherit'],
        })
      try {
        download()
      } catch {
        // Lists grow old: the mirror may have the next build only.
        execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'inherit', 'inherit'] })
        download()
      }
      execFileSync('dpkg', [
        '-x',
        join(scratch, readdirSync(scratch).find((file) => file.endsWith('.deb'))!),
        join(scratch, 'tree'),
      ])
      renameSync(join(scratch, 'tree'), directory)
    } finally {
      rmSync(scratch, { recursive: true })
    }
  }
  return kernelIn(directory)
}

/** The kernel in an unpacked package. Debian 13's modules are compressed. */
export function kernelIn(directory: string): Kernel {
  const release = readdirSync(join(directory, 'lib/modules'))[0]!
  const overlay = join(directory, 'lib/modules', release, 'kernel/fs/overlayfs/overlay.ko')
  if (!existsSync(overlay)) execFileSync('xz', ['-dk', `${overlay}.xz`])
  return { image: join(directory, 'boot', `vmlinuz-${release}`), overlay }
}

const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root NODE_DISABLE_COMPILE_CACHE=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec < /dev/console > /dev/console 2>&1
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /dev/shm
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
insmod /overlay.ko
/bin/node /gantry/inside.mjs 2>&1
echo "gantry-vm exit $?"
poweroff -f
`

/** A disk image (ext4: id-mapped layers want a file system that has them) with all that the program needs. */
export function buildDisk(directory: string, kernel: Kernel, program: string): string {
  const root = join(directory, 'root')
  for (const name of [
    'bin',
    'dev',
    'etc',
    'gantry',
    'proc',
    'root',
    'run',
    'sys',
    'tmp',
    'var/lib',
    'usr',
    'base/bin',
    'base/etc',
    'base/tmp',
  ])
    mkdirSync(join(root, name), { recursive: true })
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true })
    cpSync(realpathSync(from), join(root, to))
  }
  put('/bin/busybox', 'bin/busybox')
  put('/bin/busybox', 'base/bin/busybox')
  for (const name of ['sh', 'true', 'sleep', 'cat', 'id', 'echo', 'dd', 'mknod', 'head', 'ls', 'tr', 'seq', 'stat'])
    symlinkSync('busybox', join(root, 'base/bin', name))
  writeFileSync(join(root, 'base/etc/passwd'), 'root:x:0:0::/root:/bin/sh\n')
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
  writeFileSync(join(root, 'init'), init, { mode: 0o755 })
  put(kernel.overlay, 'overlay.ko')
  put(process.execPath, 'bin/node')
  for (const file of [process.execPath, join(repository, 'build/Release/gantry.node')]) {
    for (const [, library] of execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g))
      put(library!, library!)
  }
  for (const file of ['gantry.node', 'gantry-monitor'])
    put(join(repository, 'build/Release', file), `gantry/build/Release/${file}`)
  put(join(repository, 'package.json'), 'gantry/package.json')
  cpSync(join(repository, 'dist'), join(root, 'gantry/dist'), { recursive: true })
  for (const name of runtimeDependencies())
    cpSync(join(repository, 'node_modules', name), join(root, 'gantry/node_modules', name), { recursive: true })
  put(program, 'gantry/inside.mjs')
  const disk = join(directory, 'disk.ext4')
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-E', 'root_owner=0:0', '-d', root, disk, '600M'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(root, { recursive: true })
  return disk
}

/** What `npm ci --omit=dev` would install. */
function runtimeDependencies(): string[] {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  return Object.keys(packages)
    .filter((path) => path.startsWith('node_modules/') && !packages[path]!.dev && existsSync(join(repository, path)))
    .map((path) => path.slice('node_modules/'.length))
}

/** Boots and gives every line of the console until the machine is off. */
export async function boot(
  kernel: Kernel,
  disk: string,
  seconds: number,
  onLine: (line: string) => void,
): Promise<void> {
  // Without cmpxchg16b: QEMU 7.2 emulates it wrongly with two processors, and Linux 6.12 panics.
  const machine = spawn(
    'qemu-system-x86_64',
    [
      '-accel',
      'tcg',
      '-cpu',
      'max,cx16=off',
      '-smp',
      '2',
      '-m',
      '2G',
      '-nographic',
      '-no-reboot',
      '-nodefaults',
      '-serial',
      'stdio',
      '-kernel',
      kernel.image,
      '-append',
      'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off root=/dev/nvme0n1 rw init=/init',
      '-drive',
      `file=${disk},format=raw,if=none,id=disk,cache=unsafe`,
      '-device',
      'nvme,drive=disk,serial=gantry',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const failed = new Promise<never>((_, reject) => machine.once('error', reject))
  let complaints = ''
  machine.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const timer = setTimeout(() => machine.kill('SIGKILL'), seconds * 1000)
  createInterface({ input: machine.stdout }).on('line', (line) => onLine(line.replace(/\r$/, '')))
  const [code, signal] = await Promise.race([
    new Promise<[number | null, string | null]>((resolve) => machine.once('close', (...ended) => resolve(ended))),
    failed,
  ])
  clearTimeout(timer)
  if (code !== 0)
    throw new Error(
      `the virtual machine ended with ${signal === 'SIGKILL' ? `its time limit of ${seconds} s` : (signal ?? code)}: ${complaints}`,
    )
}
