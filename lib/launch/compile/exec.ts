/** A second program in a running container: joins its namespaces by the pidfd of its first process, then goes the way of every program. */
import type { RuntimeNamespace, RuntimeProcess, RuntimeSpec } from '../../oci/index.js'
import { CLONE, O } from '../kernel.js'
import type { ExecLaunchOptions } from '../options.js'
import { type Program, ProgramWriter } from '../program.js'
import { type SectionName, sections, slots as wellKnown } from '../tables.js'
import { emitJoinCgroups } from './cgroups.js'
import { emitEarlyProcess, emitProcess } from './process.js'
import { SlotAllocator } from './slots.js'

const FLAGS: Readonly<Record<RuntimeNamespace['type'], number>> = {
  mount: CLONE.NEWNS, network: CLONE.NEWNET, ipc: CLONE.NEWIPC, uts: CLONE.NEWUTS, user: CLONE.NEWUSER, cgroup: CLONE.NEWCGROUP, time: CLONE.NEWTIME,
  // setns changes it for children only.
  pid: CLONE.NEWPID,
}

/**
 * Root of the container may trace whatever it sees, also the child that is on its way in with the rights and descriptors of the host. Then that child stays
 * outside the pid namespace, and only what it has become goes in. (A user namespace needs none of it: who enters one belongs to the host until its exec.)
 */
function isWatched({ process, linux }: RuntimeSpec): boolean {
  const has = (type: RuntimeNamespace['type']): boolean => (linux?.namespaces ?? []).some((namespace) => namespace.type === type)
  return (process?.capabilities?.bounding ?? []).includes('CAP_SYS_PTRACE') && has('pid') && !has('user')
}

/** Compiles an exec for the monitor of the container that `spec` is the spec of. */
export function compileExec(spec: RuntimeSpec, process: RuntimeProcess, options: ExecLaunchOptions): Program {
  const writer = new ProgramWriter()
  emitExecInto(writer, { setup: 'setup', child: 'child' }, new SlotAllocator(), spec, process, options)
  return writer.finish()
}

export function emitExecInto(writer: ProgramWriter, names: { setup: SectionName; child: SectionName }, slots: SlotAllocator, spec: RuntimeSpec, process: RuntimeProcess, options: ExecLaunchOptions): void {
  const namespaces = spec.linux?.namespaces ?? []
  const has = (type: RuntimeNamespace['type']): boolean => namespaces.some((namespace) => namespace.type === type)
  const { unifiedSlot, taskSlots } = emitJoinCgroups(writer, names.setup, slots, options)
  const watched = isWatched(spec)
  writer.emit(names.setup, 'clone', { section: sections.indexOf(names.child), cgroup: unifiedSlot, pidNamespace: has('pid') && !watched ? wellKnown.init : -1 })
  for (const slot of taskSlots) writer.emit(names.child, 'writeSlot', { slot, bytes: '0' })
  emitEarlyProcess(writer, names.child, process)
  let flags = 0
  for (const { type } of namespaces) if (type !== 'pid' || watched) flags |= FLAGS[type]
  writer.emit(names.child, 'joinNamespace', { slot: wellKnown.init, flags: flags >>> 0 })
  const userNamespace = has('user')
  if (userNamespace) writer.emit(names.child, 'setIds', { uid: 0, gid: 0, groups: [] })
  const root = slots.take()
  if (process.terminal) writer.emit(names.child, 'open', { slot: root, path: '/', flags: O.PATH | O.DIRECTORY })
  emitProcess({
    writer, section: names.child, root, process, seccomp: spec.linux?.seccomp, userNamespace, init: watched, console: false, terminalSize: options.terminalSize,
  })
}
