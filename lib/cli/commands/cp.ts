import { once } from 'node:events'
import { isAbsolute } from 'node:path'
import { CommandError, defineCommand } from '../parse/index.js'

export const command = defineCommand({
  usage: 'CONTAINER:SRC_PATH DEST_PATH|-\n        gantry cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  least: 2,
  most: 2,
  description: [
    "Use '-' as the source to read a tar archive from stdin", 'and extract it to a directory destination in a container.', "Use '-' as the destination to stream a tar archive of a", 'container source to stdout.',
  ].join('\n'),
  flags: {
    archive: { kind: 'bool', short: 'a', help: 'Archive mode (copy all uid/gid information)' },
    'follow-link': { kind: 'bool', short: 'L', help: 'Always follow symbol link in SRC_PATH' },
    quiet: { kind: 'bool', short: 'q', help: 'Suppress progress output during copy' },
  },
  async run({ flags, args, engine, stdin, stdout, stderr }) {
    const [from, to] = args.map(splitPath) as [Place, Place]
    if (from.container !== undefined && to.container !== undefined) throw new CommandError('copying between containers is not supported')
    if (from.container === undefined && to.container === undefined) throw new CommandError('must specify at least one container source')
    const { Container } = await engine()
    const container = await Container.get((from.container ?? to.container)!)
    const options = { archive: flags.archive, followLink: flags['follow-link'] }
    if (to.container !== undefined) {
      if (from.path === '-' && stdin.isTTY) throw new CommandError('cannot read a tar archive from a terminal')
      await container.copyTo(from.path === '-' ? stdin : from.path, to.path, options)
      if (!flags.quiet && stderr.isTTY && from.path !== '-') stderr.write(`Successfully copied to ${to.container}:${to.path}\n`)
      return
    }
    if (to.path !== '-') {
      await container.copyFrom(from.path, to.path, options)
      if (!flags.quiet && stderr.isTTY) stderr.write(`Successfully copied to ${to.path}\n`)
      return
    }
    if (stdout.isTTY) throw new CommandError('cowardly refusing to write a tar archive to a terminal; redirect it')
    const archive = await container.copyFrom(from.path, undefined, options)
    for await (const chunk of archive) if (!stdout.write(chunk)) await once(stdout, 'drain')
  },
})

interface Place { container?: string; path: string }

/** 'CONTAINER:PATH', unless what stands before the colon looks like a path: absolute, or begun with a dot. */
export function splitPath(text: string): Place {
  const colon = text.indexOf(':')
  if (colon <= 0 || isAbsolute(text) || text.startsWith('.')) return { path: text }
  return { container: text.slice(0, colon), path: text.slice(colon + 1) || '/' }
}
