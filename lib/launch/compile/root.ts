/** The root file system: an overlay over the image's layers, or a directory as it is. */
import { MOUNT_ATTR, MS, O } from '../kernel.js'
import type { DirectoryLayer, LaunchOptions, MemoryLayer } from '../options.js'
import type { ProgramWriter } from '../program.js'
import { slots as wellKnown } from '../tables.js'
import type { SlotAllocator } from './slots.js'

export interface RootPlan {
  /** Slot of the mount in the monitor and, inherited or handed over, in the child. */
  slot: number
  /** It needs the user namespace, and is handed over. */
  late: boolean
  /** Emits what mounts it: before the clone, or after the id maps when it is late. */
  mount(userns: number): void
}

export function planRoot(writer: ProgramWriter, slots: SlotAllocator, launch: LaunchOptions, userNamespace: boolean): RootPlan {
  const slot = slots.take()
  // A device node in a layer is only a file name where a user namespace stands between the image and the machine.
  const attributes = userNamespace ? MOUNT_ATTR.NODEV : 0
  const keepForExport = (): void => {
    if (launch.streams === 'pumped') writer.emit('setup', 'openTree', { slot: wellKnown.rootMount, at: slot, path: '' }, { ignoreErrors: true })
  }
  if (launch.root.kind === 'directory') {
    const { path } = launch.root
    return {
      slot,
      late: userNamespace,
      mount(userns) {
        writer.emit('setup', 'openTree', { slot, path, recursive: 1 })
        writer.emit('setup', 'mountAttributes', { slot, set: attributes, propagation: MS.PRIVATE, recursive: 1, userns })
        keepForExport()
      },
    }
  }
  const { lowers, writable } = launch.root
  const lowerSlots = lowers.map((path) => {
    const lower = slots.take()
    if (userNamespace) writer.emit('setup', 'openTree', { slot: lower, path })
    else writer.emit('setup', 'open', { slot: lower, path, flags: O.PATH | O.DIRECTORY })
    return lower
  })
  const [upperSlot, workSlot] = [slots.take(), slots.take()]
  openWritable(writer, slots, writable, upperSlot, workSlot)
  // What is thrown away need not be on the disk first: without this the kernel writes back the whole file system at the last unmount.
  const isVolatile = writable.kind === 'directory' && (launch.remove?.trees?.length ?? 0) > 0
  const options = isVolatile ? ['volatile'] : []
  // The kernel leaves a mark there and refuses such a layer a second time; a restart mounts it again.
  if (isVolatile) writer.emit('stopped', 'removeTree', { path: `${writable.work}/work/incompat` }, { ignoreErrors: true })
  return {
    slot,
    late: userNamespace,
    mount(userns) {
      if (userns >= 0) for (const lower of lowerSlots) writer.emit('setup', 'mountAttributes', { slot: lower, userns })
      writer.emit('setup', 'mountOverlay', { slot, lowers: lowerSlots, upper: upperSlot, work: workSlot, options, attributes })
      keepForExport()
    },
  }
}

function openWritable(writer: ProgramWriter, slots: SlotAllocator, writable: DirectoryLayer | MemoryLayer, upper: number, work: number): void {
  if (writable.kind === 'directory') {
    writer.emit('setup', 'open', { slot: upper, path: writable.upper, flags: O.PATH | O.DIRECTORY })
    writer.emit('setup', 'open', { slot: work, path: writable.work, flags: O.PATH | O.DIRECTORY })
    return
  }
  const { sizeBytes, uid, gid } = writable
  const scratch = slots.take()
  const options = sizeBytes === undefined ? ['mode=0700'] : ['mode=0700', `size=${sizeBytes}`]
  writer.emit('setup', 'mountNew', { slot: scratch, type: 'tmpfs', source: 'gantry', options })
  writer.emit('setup', 'makeDirectory', { at: scratch, path: 'upper', mode: 0o755, uid, gid })
  writer.emit('setup', 'makeDirectory', { at: scratch, path: 'work', mode: 0o700 })
  writer.emit('setup', 'open', { slot: upper, at: scratch, path: 'upper', flags: O.PATH | O.DIRECTORY })
  writer.emit('setup', 'open', { slot: work, at: scratch, path: 'work', flags: O.PATH | O.DIRECTORY })
}
