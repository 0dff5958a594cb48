/** An engine of its own with a busybox image, and the proof that nothing of it is left. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Engine } from '../../../lib/index.js'
import { cgroupLayout } from '../../../lib/launch/index.js'

const applets = ['sh', 'true', 'false', 'echo', 'cat', 'sleep', 'ls', 'id', 'env', 'kill', 'head', 'yes', 'dd', 'touch', 'mkdir', 'rm', 'chmod', 'ps', 'stty', 'tr', 'wc', 'nc', 'httpd', 'hostname', 'seq', 'printf', 'test', 'mount', 'ln', 'stat', 'date', 'pwd', 'grep', 'tail', 'sort', 'nohup', 'setsid']

export interface Workshop {
  engine: Engine
  root: string
  runRoot: string
  /** Removes all containers, closes the engine, and fails when anything is left over. */ close(): Promise<void>
}

/** A directory with what a busybox system needs. */
export function busyboxRoot(directory: string): void {
  for (const name of ['bin', 'etc', 'tmp', 'root', 'home']) mkdirSync(join(directory, name), { recursive: true, mode: 0o755 })
  cpSync('/bin/busybox', join(directory, 'bin/busybox'))
  for (const name of applets) symlinkSync('busybox', join(directory, 'bin', name))
}

export async function openWorkshop(): Promise<Workshop> {
  const base = mkdtempSync(join(tmpdir(), 'gantry-container-'))
  busyboxRoot(join(base, 'busybox'))
  const { writeFileSync } = await import('node:fs')
  writeFileSync(join(base, 'busybox/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n')
  writeFileSync(join(base, 'busybox/etc/group'), 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n')
  const [root, runRoot] = [join(base, 'root'), join(base, 'run')]
  const engine = await Engine.open({ root, runRoot })
  await engine.Image.import(join(base, 'busybox'), { name: 'busybox' })
  return {
    engine,
    root,
    runRoot,
    async close() {
      for (const container of await engine.Container.list({ all: true })) {
        // A job that has just ended is on its way out by itself.
        await container.remove({ force: true }).catch((error: { code?: string }) => {
          if (error.code !== 'ERR_CONTAINER_NOT_FOUND') throw error
        })
      }
      await settled(runRoot)
      const left = leftovers(root, runRoot)
      await engine.close()
      rmSync(base, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`)
    },
  }
}

/** Teardown goes on for a moment after a result has been delivered. */
export async function settled(runRoot: string): Promise<void> {
  for (let round = 0; round < 500 && readdirSync(join(runRoot, 'containers')).length > 0; round++) await pause(10)
}

/** Everything that containers of these roots may have left: directories, names, ids, cgroups, mounts, processes. */
export function leftovers(root: string, runRoot: string): string[] {
  const left: string[] = []
  for (const directory of [join(root, 'containers'), join(runRoot, 'containers'), join(root, 'names/containers'), join(root, 'ids')]) {
    for (const name of readdirSync(directory)) left.push(join(directory, name))
  }
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) if (line.includes(root) || line.includes(runRoot)) left.push(`mount ${line}`)
  return left
}

/** The cgroups of a container that are there. */
export function cgroupsOf(id: string): string[] {
  const { unified, legacy } = cgroupLayout()
  return [...new Set([...legacy.values(), ...(unified === undefined ? [] : [unified])])].map((mount) => join(mount, 'gantry', id)).filter((path) => existsSync(path))
}

/** The processes whose command line holds a text. */
export function processesWith(text: string): string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(text) && !line.includes('ps -eo'))
}
