// The ground every benchmark stands on: an engine of its own, a root file system with one static program, and the peers beside it.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from 'gantry'

export const TRUE_SOURCE = 'int main(void) { return 0; }\n'

/** A directory with /bin/true, static, and busybox when the machine has it. */
export function makeRoot(directory) {
  mkdirSync(join(directory, 'bin'), { recursive: true })
  for (const name of ['dev', 'proc', 'sys', 'tmp', 'etc']) mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'true.c'), TRUE_SOURCE)
  execFileSync('gcc', ['-O2', '-static', '-o', join(directory, 'bin/true'), join(directory, 'true.c')])
  rmSync(join(directory, 'true.c'))
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync)
  if (busybox) {
    execFileSync('cp', [busybox, join(directory, 'bin/busybox')])
    for (const name of ['sh', 'sleep', 'cat', 'dd', 'yes', 'head']) execFileSync('ln', ['-sf', 'busybox', join(directory, 'bin', name)])
  }
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
  chmodSync(directory, 0o755)
  return directory
}

export async function openGround() {
  const base = mkdtempSync(join(tmpdir(), 'gantry-bench-'))
  const rootfs = makeRoot(join(base, 'rootfs'))
  const engine = await Engine.open({ root: join(base, 'root'), runRoot: join(base, 'run') })
  await engine.Image.import(rootfs, { name: 'bench' })
  return {
    base,
    rootfs,
    engine,
    async close() {
      await engine.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
}

export function child(command, args) {
  return new Promise((resolve, reject) => {
    const running = spawn(command, args, { stdio: 'ignore' })
    running.on('error', reject)
    running.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}`))))
  })
}

export const installed = (command) => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
