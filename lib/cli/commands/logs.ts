import { nanoTime } from '../format/index.js'
import { defineCommand } from '../parse/command.js'

export const command = defineCommand({
  usage: 'CONTAINER',
  least: 1,
  most: 1,
  flags: {
    details: { kind: 'bool', help: 'Show extra details provided to logs' },
    follow: { kind: 'bool', short: 'f', help: 'Follow log output' },
    since: { kind: 'string', help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)' },
    tail: { kind: 'string', short: 'n', default: 'all', help: 'Number of lines to show from the end of the logs' },
    timestamps: { kind: 'bool', short: 't', help: 'Show timestamps' },
    until: { kind: 'string', help: 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)' },
  },
  async run({ flags, args: [name], engine, stdout, stderr }) {
    const { Container } = await engine()
    const container = await Container.get(name!)
    const options = {
      follow: flags.follow,
      tail: tailOf(flags.tail),
      ...(flags.since === undefined ? {} : { since: flags.since }),
      ...(flags.until === undefined ? {} : { until: flags.until }),
    }
    const print = async (stream: 'stdout' | 'stderr', data: string | Buffer) => {
      const target = stream === 'stderr' ? stderr : stdout
      if (!target.write(data)) await new Promise<void>((resolve) => target.once('drain', resolve))
    }
    if (!flags.timestamps && !flags.details) {
      for await (const { stream, bytes } of container.logs({ ...options, raw: true })) await print(stream, bytes)
      return
    }
    for await (const { stream, timeNs, text } of container.logs(options)) {
      // No log of ours has details; docker prints their empty list and a space.
      await print(stream, `${flags.timestamps ? `${nanoTime(timeNs)} ` : ''}${flags.details ? ' ' : ''}${text}\n`)
    }
  },
})

/** As docker: what is no number, or below zero, means all. */
function tailOf(text: string): number | 'all' {
  return /^[0-9]+$/.test(text) ? Number(text) : 'all'
}
