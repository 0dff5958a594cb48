import { addon } from './addon.js'

export interface OverlayOptions {
  /** Absolute directories, top first. */ lowers: readonly string[]
  upper?: string
  /** On the file system of `upper`; given with it. */ work?: string
  /** Default false. Without an `upper` the mount is read-only anyway. */ readOnly?: boolean
  /** More mount options: `key=value` or a flag, such as `userxattr`. */ options?: readonly string[]
}

/**
 * Mounts an overlay that has no place in any directory tree: reach it by openIn() and the *at functions with the descriptor as the directory. It is unmounted
 * when the descriptor, and all opened through it, are closed.
 */
export function mountOverlay(overlay: OverlayOptions): number {
  const { lowers, upper = null, work = null, readOnly = false, options = [] } = overlay
  return addon().mountOverlay(lowers, upper, work, readOnly, options)
}
