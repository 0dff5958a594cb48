import { addon } from './addon.js'

/** A pipe, close-on-exec: the end to read and the end to write. */
export function pipe(): [read: number, write: number] {
  return addon().makePipe()
}

/** Two connected SOCK_SEQPACKET sockets, close-on-exec: what two Channels talk over. */
export function socketPair(): [number, number] {
  return addon().makeSocketPair()
}

/** An anonymous file in memory that holds the bytes, at offset 0. `name` is shown in /proc. */
export function memfd(name: string, bytes: Uint8Array): number {
  return addon().makeMemoryFile(name, bytes)
}

export function closeDescriptor(fd: number): void {
  addon().closeDescriptor(fd)
}

/** Another descriptor, close-on-exec, of the same open file. */
export function duplicateDescriptor(fd: number): number {
  return addon().duplicateDescriptor(fd)
}

/** Copies from one file's offset to the other's, in the kernel where it can; gives the bytes copied, fewer at the end of the file. */
export function copyRange(from: number, to: number, bytes: number): number {
  return addon().copyRange(from, to, bytes)
}

/** Writes what the file system of a held file has not on its disk yet. Resolves when it is there; seconds, on a busy disk, in a thread of libuv. */
export async function syncFilesystem(fd: number): Promise<void> {
  await addon().syncFilesystem(fd)
}

/** Who is at the other end of a UNIX socket, as of its connect or listen. */
export function peerCredentials(fd: number): { pid: number; uid: number; gid: number } {
  const [pid, uid, gid] = addon().peerCredentials(fd)
  return { pid, uid, gid }
}

export function pidfdOpen(pid: number): number {
  return addon().openPidfd(pid)
}

/** Sends a signal; 0 only checks that the process is there (ESRCH when it is not). */
export function pidfdSignal(pidfd: number, signal: number): void {
  addon().signalPidfd(pidfd, signal)
}
