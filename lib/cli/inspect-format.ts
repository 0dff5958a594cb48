import { objectFormatHelp, printObject } from './format/index.js'
import { CommandError, type Flags, type Invocation } from './parse/index.js'
import { reportError } from './failure.js'

/** Fields that docker's document has only sometimes; a template finds nothing there, and no error. */
const optional = new Set([
  'Health', 'Healthcheck', 'SizeRw', 'SizeRootFs', 'StopTimeout', 'StopSignal', 'Shell', 'Annotations', 'Tmpfs', 'Init', 'StorageOpt', 'Mounts', 'ArgsEscaped', 'MacAddress', 'ExposedPorts',
  'NetworkDisabled', 'OnBuild', 'ImageManifestDescriptor', 'OomKillDisable', 'PidsLimit', 'MemorySwappiness', 'Sysctls', 'ContainerIDFile', 'Runtime', 'Labels', 'User', 'Volumes', 'WorkingDir',
])

/** Fields whose keys are the user's. */
const open = new Set(['Labels', 'Sysctls', 'Annotations', 'Ports', 'Networks', 'Tmpfs', 'StorageOpt', 'Volumes', 'ExposedPorts', 'PortBindings', 'Config', 'Data', 'Options', 'Attributes'])

export const inspectFlags = {
  format: { kind: 'string', short: 'f', help: objectFormatHelp },
} as const satisfies Flags

/**
 * Prints the documents of all the names that are found, as one JSON array or one line each by a template, and then the errors of
 * those that are not.
 */
export async function printDocuments(invocation: Invocation, format: string | undefined, find: (name: string) => Promise<object>): Promise<number> {
  const outcomes = await Promise.allSettled(invocation.args.map(find))
  const documents = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (format === undefined || format === '') invocation.print(documents.length === 0 ? '[]' : JSON.stringify(documents, null, 4))
  else for (const document of documents) invocation.print(printObject(document, format, { optional, open }))
  let code = 0
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') code = reportError(outcome.reason, { program: `gantry ${invocation.name}`, command: undefined, debug: false, stderr: invocation.stderr })
  }
  return code
}

/** docker's --type. */
export function checkType(text: string): void {
  if (!['container', 'image'].includes(text)) throw new CommandError(`${JSON.stringify(text)} is not a valid value for --type`, 1, 'use container or image')
}
