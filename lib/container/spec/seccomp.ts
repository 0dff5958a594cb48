/** Which system call filter a container has: ours, none, or the user's profile. */
import { readFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { defaultSeccomp, parseSeccompProfile } from '../../launch/seccomp.js'
import type { RuntimeSeccomp } from '../../oci/index.js'
import type { NormalisedSpec } from '../options.js'

/** `choice`: undefined for ours, 'unconfined', the path of a profile in Docker's format, or its JSON text. */
export function containerSeccomp(
  spec: NormalisedSpec,
  choice: string | undefined,
  capabilities: readonly string[],
): RuntimeSeccomp | undefined {
  if (choice === 'unconfined' || (choice === undefined && spec.privileged)) return undefined
  const options = { isolation: spec.isolation, capabilities }
  if (choice === undefined) return defaultSeccomp(options)
  const inline = choice.startsWith('{')
  return parseSeccompProfile(inline ? choice : profileText(choice), options)
}

function profileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new GantryError(
      'ERR_INVALID_OPTION',
      `securityOpt: cannot read the seccomp profile ${path}: ${code ?? String(cause)}`,
      { path, cause },
    )
  }
}
