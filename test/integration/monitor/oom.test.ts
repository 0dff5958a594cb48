import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, type Options, shell, until, useBench } from './bench.js'

const groups: string[] = []
afterEach(async () => {
  for (const group of groups.splice(0)) {
    await until(() => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '')
    rmdirSync(group)
  }
})
const bench = useBench()

const first = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes')
let number = 0

/** With 16 MiB of memory, by whichever version of control groups has the memory controller. */
function limited(options: Options): Bench {
  const group = join(
    first ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup',
    `gantry-monitor-oom-${process.pid}-${++number}`,
  )
  mkdirSync(group)
  groups.push(group)
  writeFileSync(join(group, first ? 'memory.limit_in_bytes' : 'memory.max'), String(16 << 20))
  return bench({
    ...options,
    child: (writer) =>
      writer.emit('child', 'writeFile', {
        at: -1,
        path: join(group, first ? 'tasks' : 'cgroup.procs'),
        bytes: '0',
        resolve: 0,
      }),
    cgroups: first
      ? { oomCounter: `${group}/memory.oom_control`, oomEvents: `${group}/cgroup.event_control` }
      : { oomCounter: `${group}/memory.events`, oomEvents: `${group}/memory.events` },
  })
}

// A word that doubles until there is no more memory for it.
const greedy = 'x=0123456789abcdef; while :; do x=$x$x; done'

describe('a lack of memory', () => {
  it('that kills the first process is told apart from other kills', async () => {
    const b = limited({ argv: shell(greedy) })
    await b.start()
    expect((await b.next('exited')).fields).toMatchObject({ exitCode: 137, signal: 9, oomKilled: 1 })
    await b.end()
    expect(b.readState().oomKilled).toBe(true)
    expect(b.news.find((message) => message.name === 'oom')?.fields).toEqual({ count: 1 })
    expect(b.events().map((event) => event.action)).toEqual(['start', 'oom', 'die'])
  })

  it('that kills a child is news, and not the end', async () => {
    const b = limited({ argv: shell(`sh -c '${greedy}'; sleep 1000`) })
    await b.start()
    expect((await b.next('oom')).fields.count).toBe(1)
    expect(b.readState().status).toBe('running')
    b.owner.post('signal', { signal: 9, all: 0 })
    // The counter has grown since the start, but that is not what ended it.
    expect((await b.next('exited')).fields).toMatchObject({ signal: 9, oomKilled: 0 })
  })
})
