import { describe, expect, test } from 'vitest'
import type { ContainerInfo } from '../../../../lib/container/types.js'
import { checkFilter, filtersOf, listingLines } from '../../../../lib/cli/format/index.js'
import { containerListing, containerRow, containerTableWithSize } from '../../../../lib/cli/rows/container.js'
import { eventDocument, eventLine } from '../../../../lib/cli/rows/event.js'
import { imageListing, imageRow, splitReference } from '../../../../lib/cli/rows/image.js'
import { statsListing, statsRow } from '../../../../lib/cli/rows/stats.js'
import { printJson } from '../../../../lib/cli/template/index.js'

const info = (fields: Partial<ContainerInfo>): ContainerInfo => ({
  id: 'a'.repeat(64), name: 'web', image: 'debian:12', imageId: `sha256:${'b'.repeat(64)}`, command: ['sh', '-c', 'while true; do sleep 1; done'],
  createdAt: new Date(Date.now() - 180_500), labels: { b: '2', a: '1' }, status: 'running', exitCode: null, health: 'healthy', pid: 7, startedAt: new Date(Date.now() - 180_500),
  finishedAt: null, restartCount: 0, oomKilled: false, error: '', spec: { image: 'debian:12', mounts: [{ type: 'bind', source: '/very/long/source/path', target: '/b' }] }, ...fields,
})
const two = [info({}), info({ id: 'c'.repeat(64), name: 'db-with-long-name', command: ['true'], status: 'exited', health: 'none', exitCode: 0, createdAt: new Date(Date.now() - 7_300_000), finishedAt: new Date(Date.now() - 7_200_500) })]
const list = (format: string | undefined, options: { quiet?: boolean; whole?: boolean; terminal?: boolean } = {}) =>
  listingLines(containerListing, two.map((one) => containerRow(one, options.whole ?? false)), { format, quiet: options.quiet ?? false, terminal: options.terminal ?? false })

// What docker 28.2.2 prints of the same containers, but for the ports.
describe('ps', () => {
  test('the table', () => {
    expect(list(undefined)).toEqual([
      'CONTAINER ID   IMAGE       COMMAND                  CREATED         STATUS                   PORTS     NAMES',
      'aaaaaaaaaaaa   debian:12   "sh -c \'while true; …"   3 minutes ago   Up 3 minutes (healthy)             web',
      'cccccccccccc   debian:12   "true"                   2 hours ago     Exited (0) 2 hours ago             db-with-long-name',
    ])
  })
  test('whole', () => {
    expect(list('table {{.ID}}\\t{{.Command}}', { whole: true })[1]).toBe(`${'a'.repeat(64)}   "sh -c 'while true; do sleep 1; done'"`)
  })
  test('quiet', () => expect(list(undefined, { quiet: true })).toEqual(['aaaaaaaaaaaa', 'cccccccccccc']))
  test('a template', () => expect(list('{{.Names}}: {{.Labels}} {{.Label "a"}} {{.Mounts}} {{.State}}')[0]).toBe('web: a=1,b=2 1 /very/long/sou… running'))
  test('a table of a template', () => expect(list('table {{.ID}}\t{{.Names}}')).toEqual(['CONTAINER ID   NAMES', 'aaaaaaaaaaaa   web', 'cccccccccccc   db-with-long-name']))
  test('functions leave headings alone', () => expect(list('table {{upper .ID}}|{{json .Names}}|{{.Label "com.x.some-name"}}').slice(0, 2)).toEqual(['CONTAINER ID|NAMES|some name', 'AAAAAAAAAAAA|"web"|']))
  test('json', () => {
    const rows = list('json').map((line) => JSON.parse(line) as Record<string, string>)
    expect(rows.map(({ Names }) => Names)).toEqual(['web', 'db-with-long-name'])
    expect(Object.keys(rows[0]!).sort()).toEqual(['Command', 'CreatedAt', 'ID', 'Image', 'Labels', 'LocalVolumes', 'Mounts', 'Names', 'Networks', 'Platform', 'Ports', 'RunningFor', 'Size', 'State', 'Status'])
  })
  test('size', () => {
    const lines = listingLines(containerListing, [containerRow(two[0]!, false, { own: 12345, all: 123456789 })], { format: containerTableWithSize, terminal: false })
    expect(lines[1]).toMatch(/12\.3kB \(virtual 123MB\)$/)
  })
  test('an unknown field', () => expect(() => list('{{.Foo}}')).toThrow('map has no entry for key "Foo"'))
  test('no containers: the headings alone, or nothing', () => {
    expect(listingLines(containerListing, [], { terminal: false })).toHaveLength(1)
    expect(listingLines(containerListing, [], { format: '{{.ID}}', terminal: false })).toEqual([])
  })
  test('a name cannot act on a terminal', () => {
    const row = containerRow(info({ image: 'evil\x1b[2J\nsecond' }), false)
    expect(listingLines(containerListing, [row], { format: 'table {{.Image}}', terminal: true })).toEqual(['IMAGE', 'evil[2J second'])
    expect(listingLines(containerListing, [row], { format: '{{.Image}}', terminal: false })).toEqual(['evil\x1b[2J\nsecond'])
  })
})

test('images', () => {
  const facts = { id: `sha256:${'b'.repeat(64)}`, digest: null, createdAt: new Date(Date.now() - 3 * 86_400_000), size: 123456789 }
  const rows = ['docker.io/library/debian:12', 'localhost:5000/a/b:1', null].map((reference) => imageRow({ ...facts, reference }, false))
  expect(listingLines(imageListing, rows, { terminal: false })).toEqual([
    'REPOSITORY           TAG       IMAGE ID       CREATED      SIZE',
    'debian               12        bbbbbbbbbbbb   3 days ago   123MB',
    'localhost:5000/a/b   1         bbbbbbbbbbbb   3 days ago   123MB',
    '<none>               <none>    bbbbbbbbbbbb   3 days ago   123MB',
  ])
  expect(splitReference('localhost:5000/a')).toEqual(['localhost:5000/a', '<none>'])
})

test('stats', () => {
  const io = { rxPackets: 0, rxErrors: 0, rxDropped: 0, txPackets: 0, txErrors: 0, txDropped: 0 }
  const stats = {
    time: new Date(), cpu: { usageUs: 0, userUs: 0, systemUs: 0, percent: 5, throttledUs: 0, onlineCpus: 2 },
    memory: { usageBytes: 12_000_000, limitBytes: 536870912, percent: 2.235, rssBytes: 0, cacheBytes: 0, peakBytes: 0, oomKills: 0 }, pids: { current: 5, limit: null },
    network: { eth0: { ...io, rxBytes: 600, txBytes: 1500 }, eth1: { ...io, rxBytes: 56, txBytes: 0 } }, blockIo: { readBytes: 4096, writeBytes: 1234567, reads: 0, writes: 0 }, pressure: { cpu: null, memory: null, io: null },
  }
  const of = (value: typeof stats | null | 'stopped') => statsRow({ asked: 'web', id: 'a'.repeat(64), name: 'web', stats: value }, false)
  expect(listingLines(statsListing, [of(stats), of(null), of('stopped')], { terminal: false })).toEqual([
    'CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O        BLOCK I/O        PIDS',
    'aaaaaaaaaaaa   web       5.00%     11.44MiB / 512MiB   2.23%     656B / 1.5kB   4.1kB / 1.23MB   5',
    'aaaaaaaaaaaa   web       --        --                  --        --             --               --',
    'aaaaaaaaaaaa   web       0.00%     0B / 0B             0.00%     0B / 0B        0B / 0B          0',
  ])
})

test('events', () => {
  const event = { time: new Date(1714557600120), timeNs: 1714557600120000001n, type: 'container', action: 'die', id: 'abc', attributes: { name: 'web', exitCode: '0', image: 'debian:12' } }
  expect(eventLine(event)).toMatch(/^2024-0[45]-\d\dT\d\d:\d\d:00\.120000001\S+ container die abc \(exitCode=0, image=debian:12, name=web\)$/)
  expect(printJson(eventDocument(event))).toBe(
    '{"status":"die","id":"abc","from":"debian:12","Type":"container","Action":"die","Actor":{"ID":"abc","Attributes":{"exitCode":"0","image":"debian:12","name":"web"}},"scope":"local","time":1714557600,"timeNano":1714557600120000001}',
  )
})

test('filters', () => {
  expect(filtersOf(['name=a', 'label=x=y', 'name= b '])).toEqual({ name: ['a', 'b'], label: ['x=y'] })
  expect(() => checkFilter('x')).toThrow('bad format of filter (expected name=value)')
  expect(() => checkFilter('=x')).toThrow('bad format of filter')
})
