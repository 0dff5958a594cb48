/** What this machine can do for containers. */
import { cgroupFindings } from './cgroups.js'
import type { Finding } from './check.js'
import { installationFindings, programFindings } from './installation.js'
import { kernelFindings } from './kernel.js'
import { privilegeFindings } from './privilege.js'

export type { Finding } from './check.js'

/** Looks at everything; nothing is changed. */
export async function examine(): Promise<Finding[]> {
  if (process.platform !== 'linux') {
    return [{ level: 'missing', title: 'system', found: process.platform, help: 'containers are a thing of Linux: use a Linux machine, or a virtual one (WSL 2 on Windows, Lima on macOS)' }]
  }
  return [...kernelFindings(), ...privilegeFindings(), ...cgroupFindings(), ...(await installationFindings()), ...programFindings()]
}
