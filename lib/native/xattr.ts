import { addon, type FileName } from './addon.js'

/** A descriptor (O_PATH will do), or a path, which is followed. */
export type XattrTarget = number | FileName

/** The value of an extended attribute, or null when the file has none of this name. */
export function getXattr(target: XattrTarget, attribute: string): Buffer | null {
  return addon().getXattr(target, null, attribute)
}
export function setXattr(target: XattrTarget, attribute: string, value: Uint8Array): void {
  addon().setXattr(target, null, attribute, value)
}
export function removeXattr(target: XattrTarget, attribute: string): void {
  addon().removeXattr(target, null, attribute)
}
export function listXattr(target: XattrTarget): string[] {
  return namesOf(addon().listXattr(target, null))
}

/** As getXattr, of a name in a held directory; a symbolic link is not followed. */
export function getXattrAt(directory: number, name: FileName, attribute: string): Buffer | null {
  return addon().getXattr(directory, name, attribute)
}
export function setXattrAt(directory: number, name: FileName, attribute: string, value: Uint8Array): void {
  addon().setXattr(directory, name, attribute, value)
}
export function removeXattrAt(directory: number, name: FileName, attribute: string): void {
  addon().removeXattr(directory, name, attribute)
}
export function listXattrAt(directory: number, name: FileName): string[] {
  return namesOf(addon().listXattr(directory, name))
}

function namesOf(packed: Buffer): string[] {
  return packed.length === 0 ? [] : packed.toString('utf8', 0, packed.length - 1).split('\0')
}
