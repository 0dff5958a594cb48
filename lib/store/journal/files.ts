import { closeSync, constants, fstatSync, openSync, renameSync, statSync } from 'node:fs'
import { systemCode } from '../failure.js'
import { withDirectoryLockSync } from '../locks.js'

/** From this size on the journal is set aside as journal.1 and a new one is begun. */
export const rotationSize = 8 * 1024 * 1024

export interface JournalFiles { directory: string; current: string; previous: string }

export function journalFiles(directory: string): JournalFiles {
  return { directory, current: `${directory}/journal`, previous: `${directory}/journal.1` }
}

/** Set the journal aside if it is still the file with this inode number. */
export function rotate(files: JournalFiles, inode: number): void {
  withDirectoryLockSync(files.directory, () => {
    const there = statSync(files.current, { throwIfNoEntry: false })
    if (there && there.ino === inode) renameSync(files.current, files.previous)
  })
}

export interface OpenFile { descriptor: number; inode: number; size: number }

/** Open a file for reading; undefined when there is none. */
export function openForReading(path: string): OpenFile | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    const { ino, size } = fstatSync(descriptor)
    return { descriptor, inode: ino, size }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The previous and the current file, of one moment: a rotation between the two openings is noticed. */
export function openBoth(files: JournalFiles): { previous?: OpenFile; current?: OpenFile } {
  for (;;) {
    const current = openForReading(files.current)
    const previous = openForReading(files.previous)
    const rotated = statSync(files.current, { throwIfNoEntry: false })?.ino !== current?.inode
    if (!rotated) return { previous, current }
    if (current) closeSync(current.descriptor)
    if (previous) closeSync(previous.descriptor)
  }
}
