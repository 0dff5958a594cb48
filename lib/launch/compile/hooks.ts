/** OCI hooks of the runtime namespace (config.md, "POSIX-platform Hooks"): run by the monitor, on the host, between the mounts and the change of root. */
import { GantryError } from '../../errors/index.js'
import type { RuntimeHooks } from '../../oci/index.js'
import type { LaunchOptions } from '../options.js'
import type { ProgramWriter } from '../program.js'

/** Emits prestart and createRuntime hooks; false when there are none. The monitor puts the pid in the place of "@PID@". */
export function emitHooks(writer: ProgramWriter, hooks: RuntimeHooks, launch: LaunchOptions, mounted: number): boolean {
  for (const kind of ['createContainer', 'startContainer', 'poststart', 'poststop'] as const) {
    if (hooks[kind]?.length) {
      throw new GantryError('ERR_NOT_SUPPORTED', `${kind} hooks are not run yet`, { hint: 'use prestart or createRuntime hooks, which are' })
    }
  }
  const list = [...(hooks.prestart ?? []), ...(hooks.createRuntime ?? [])]
  if (list.length === 0) return false
  writer.emit('setup', 'awaitPeer', { stage: mounted })
  const state = `{"ociVersion":"1.2.0","id":${JSON.stringify(launch.id)},"status":"creating","pid":@PID@,"bundle":${JSON.stringify(launch.directory)}}`
  for (const hook of list) {
    // An empty environment unless the hook names one: nothing of the caller's or of the image's reaches it.
    writer.emit('setup', 'hook', { path: hook.path, argv: hook.args?.length ? hook.args : [hook.path], env: hook.env ?? [], state, timeoutMs: (hook.timeout ?? 0) * 1000 })
  }
  return true
}
