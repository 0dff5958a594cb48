import { describe, expect, test } from 'vitest'
import { ago, alignColumns, binarySize, ellipsis, goTime, humanDuration, humanSize, nanoTime, oneLine, shortId, statusText, withoutControls } from '../../../../lib/cli/format/index.js'

const [second, minute, hour] = [1000, 60_000, 3_600_000]
const day = 24 * hour

test.each([
  [0, 'Less than a second'], [999, 'Less than a second'], [second, '1 second'], [59 * second, '59 seconds'], [minute, 'About a minute'], [2 * minute - 1, 'About a minute'],
  [3 * minute, '3 minutes'], [59 * minute, '59 minutes'], [hour, 'About an hour'], [1.4 * hour, 'About an hour'], [1.5 * hour, '2 hours'], [47 * hour, '47 hours'], [48 * hour, '2 days'],
  [13 * day, '13 days'], [14 * day, '2 weeks'], [59 * day, '8 weeks'], [60 * day, '2 months'], [23 * 30 * day, '23 months'], [2 * 365 * day, '2 years'],
])('%d ms', (ms, text) => expect(humanDuration(ms)).toBe(text))

test('ago', () => expect(ago(new Date(0), 3 * minute)).toBe('3 minutes ago'))

test.each([
  [0, '0B'], [1, '1B'], [999, '999B'], [1000, '1kB'], [12345, '12.3kB'], [123456789, '123MB'], [1500, '1.5kB'], [4096, '4.1kB'], [999_900, '1MB'], [2.5e9, '2.5GB'],
])('%d bytes', (bytes, text) => expect(humanSize(bytes)).toBe(text))
test('four digits', () => expect([humanSize(123456789, 4), humanSize(17346, 4)]).toEqual(['123.5MB', '17.35kB']))
test.each([[0, '0B'], [12_000_000, '11.44MiB'], [536870912, '512MiB'], [8589934592, '8GiB'], [1024, '1KiB']])('%d bytes by 1,024', (bytes, text) => expect(binarySize(bytes)).toBe(text))

describe('status', () => {
  const now = Date.UTC(2024, 4, 1, 12)
  const at = (ago: number) => new Date(now - ago)
  const base = { status: 'running', health: 'none', exitCode: null, startedAt: at(3 * minute), finishedAt: null } as const
  test.each([
    [base, 'Up 3 minutes'],
    [{ ...base, health: 'healthy' }, 'Up 3 minutes (healthy)'],
    [{ ...base, health: 'starting' }, 'Up 3 minutes (health: starting)'],
    [{ ...base, health: 'unhealthy' }, 'Up 3 minutes (unhealthy)'],
    [{ ...base, status: 'paused' }, 'Up 3 minutes (Paused)'],
    [{ ...base, status: 'exited', exitCode: 0, finishedAt: at(2 * hour) }, 'Exited (0) 2 hours ago'],
    [{ ...base, status: 'exited', exitCode: null, finishedAt: at(2 * hour) }, 'Exited (255) 2 hours ago'],
    [{ ...base, status: 'restarting', exitCode: 1, finishedAt: at(2 * second) }, 'Restarting (1) 2 seconds ago'],
    [{ ...base, status: 'created', startedAt: null }, 'Created'],
    [{ ...base, status: 'dead' }, 'Dead'],
    [{ ...base, status: 'removing' }, 'Removal In Progress'],
  ] as const)('%j', (info, text) => expect(statusText(info, now)).toBe(text))
})

test('times', () => {
  expect(nanoTime(1714557600_120000000n)).toBe('2024-05-01T10:00:00.120000000Z')
  expect(nanoTime(1714557600_000000001n)).toBe('2024-05-01T10:00:00.000000001Z')
  expect(goTime(new Date(1714557600_000))).toMatch(/^2024-0[45]-\d\d \d\d:\d\d:00 [+-]\d{4} \S+$/)
})

test('ellipsis', () => expect([ellipsis("sh -c 'while true; do sleep 1'", 20), ellipsis('short', 20), ellipsis('ééééé', 4)]).toEqual(["sh -c 'while true; …", 'short', 'ééé…']))
test('ids', () => expect([shortId('a'.repeat(64)), shortId(`sha256:${'b'.repeat(64)}`)]).toEqual(['a'.repeat(12), 'b'.repeat(12)]))

test('nothing of a text acts on a terminal', () => {
  expect(withoutControls('a\x1b[31mred\x07\u009b2J\r\u202eevil\tb\n')).toBe('a[31mred2Jevil\tb\n')
  expect(oneLine('a\nb\tc')).toBe('a b c')
})

test('columns are as wide as in docker', () => {
  expect(alignColumns(['ID\tNAME\tLAST', 'aaaaaaaaaaaa\tx\tlonger than all', 'b\ty\t'])).toEqual(['ID             NAME      LAST', 'aaaaaaaaaaaa   x         longer than all', 'b              y         '])
  expect(alignColumns([])).toEqual([])
})
