import { addon } from './addon.js'

/** Where the file has bytes at or after the offset; -1 when only a hole, or nothing, follows. Moves the descriptor's position. */
export function nextData(fd: number, offset: number): number {
  return addon().nextData(fd, offset)
}

/** Where the bytes at the offset end: at a hole, or at the end of the file. -1 beyond the end. Moves the descriptor's position. */
export function nextHole(fd: number, offset: number): number {
  return addon().nextHole(fd, offset)
}
