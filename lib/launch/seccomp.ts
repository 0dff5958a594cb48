/** System call filters: from a document of the OCI runtime spec to the kernel's BPF, and the documents that containers get. */
import type { RuntimeSeccomp } from '../oci/index.js'
import { type Machine, machine, thisMachine } from './seccomp/architectures.js'
import { compileDocument, type SeccompFilter } from './seccomp/compile.js'
import { isShared } from './seccomp/shared-documents.js'

export type { SeccompFilter } from './seccomp/compile.js'
export { type DefaultSeccompOptions, defaultSeccomp } from './seccomp/profile.js'
export { type ProfileOptions, parseSeccompProfile } from './seccomp/profile-file.js'

export interface CompileOptions {
  /** The machine that runs the filter, in Node's words: 'x64' or 'arm64'. Default: this one. */
  arch?: string
  /** Stands for the document's content in the cache; who gives one says that the same key never names another document. */
  key?: string
}

/** Filters are 2 KiB or so: enough for every profile that one program uses. */
const CACHED_FILTERS = 64

const byContent = new Map<string, SeccompFilter>()
const byDocument: Record<Machine, WeakMap<object, SeccompFilter>> = { x64: new WeakMap(), arm64: new WeakMap() }

/**
 * Compiles `linux.seccomp`, or takes the filter from the cache (by identity for documents of `defaultSeccomp`, else by key or content).
 *
 * Unknown names are ignored. Programs of architectures that the document does not list are killed; x32 numbers give ENOSYS unless
 * it lists SCMP_ARCH_X32. Of several rules that match a call the strictest wins. With a default action that refuses, calls that are newer
 * than all that the document names give ENOSYS, so that C libraries fall back. Throws ERR_INVALID_OPTION on a malformed document.
 */
export function compileSeccomp(document: RuntimeSeccomp, options: CompileOptions = {}): SeccompFilter {
  const target = options.arch === undefined ? thisMachine() : machine(options.arch)
  const known = byDocument[target].get(document)
  if (known) return known
  const key = `${target} ${options.key ?? contentOf(document)}`
  let compiled = byContent.get(key)
  if (compiled) byContent.delete(key)
  else compiled = compileDocument(document, target)
  byContent.set(key, compiled)
  if (byContent.size > CACHED_FILTERS) byContent.delete(byContent.keys().next().value as string)
  if (isShared(document)) byDocument[target].set(document, compiled)
  return compiled
}

function contentOf(document: RuntimeSeccomp): string {
  try {
    return JSON.stringify(document)
  } catch {
    // With bigints in it; slower, and rare.
    return JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  }
}
