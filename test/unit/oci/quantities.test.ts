import { describe, expect, test } from 'vitest'
import {
  describeDuration,
  formatDecimalSize,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from '../../../lib/oci/index.js'

const MIB = 1024 * 1024

describe('parseSize', () => {
  test.each<[number | string, number]>([
    [0, 0],
    [512, 512],
    ['0', 0],
    ['512', 512],
    ['512b', 512],
    ['1k', 1024],
    ['1K', 1024],
    ['64kb', 65536],
    ['64KiB', 65536],
    ['64 kB', 65536],
    ['512m', 512 * MIB],
    ['512MiB', 512 * MIB],
    ['1.5g', 1536 * MIB],
    ['.5g', 512 * MIB],
    ['2t', 2 * 1024 ** 4],
    ['1p', 1024 ** 5],
    ['1.0000001k', 1024],
  ])('%j is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each([
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 60,
    '',
    ' ',
    'm',
    '-5m',
    '5x',
    '5mm',
    '1,5g',
    '5 5m',
    '1e3',
    '0x10',
    '9999999p',
    ' 5m',
    '5m ',
  ])('%j is no size', (bad) => {
    expect(() => parseSize(bad)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('is not a size') }),
    )
  })
})

describe('parseDuration', () => {
  test.each<[number | string, number]>([
    [0, 0],
    [1500, 1500],
    ['0', 0],
    ['10s', 10_000],
    ['250ms', 250],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['1h15m30.918s', 4_530_918],
    ['2d', 172_800_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['1us', 1],
    ['3ns', 1],
    ['1500us', 2],
    ['0s', 0],
    ['1µs', 1],
    [0.2, 1],
  ])('%j is %d ms', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '10',
    '10 s',
    's',
    '-10s',
    '10s ',
    '10x',
    '1m 30s',
    '1e3s',
    '1..5s',
    '9999999999999999h',
  ])('%j is no duration', (bad) => {
    expect(() => parseDuration(bad)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('is not a duration') }),
    )
  })
})

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1KiB'],
  [1536, '1.5KiB'],
  [512 * MIB, '512MiB'],
  [1311 * MIB, '1.28GiB'],
  [1024 ** 5, '1PiB'],
])('%d bytes print as %s', (bytes, text) => expect(formatSize(bytes)).toBe(text))

test.each([
  [0, '0B'],
  [999, '999B'],
  [1090, '1.09kB'],
  [187_000_000, '187MB'],
  [1_234_567_890, '1.23GB'],
])('%d bytes print as %s in powers of ten', (bytes, text) => {
  expect(formatDecimalSize(bytes)).toBe(text)
})

test.each([
  [0, '0s'],
  [250, '250ms'],
  [1500, '1.5s'],
  [30_000, '30s'],
  [90_000, '1m30s'],
  [60_000, '1m0s'],
  [3_600_000, '1h0m0s'],
  [90_061_001, '25h1m1.001s'],
])('%d ms print as %s and read back', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
  expect(parseDuration(text)).toBe(milliseconds)
})

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
test.each([
  [999, 'Less than a second'],
  [SECOND, '1 second'],
  [59 * SECOND, '59 seconds'],
  [60 * SECOND, 'About a minute'],
  [119 * SECOND, 'About a minute'],
  [120 * SECOND, '2 minutes'],
  [59 * 60 * SECOND, '59 minutes'],
  [HOUR, 'About an hour'],
  [1.5 * HOUR, '2 hours'],
  [47 * HOUR, '47 hours'],
  [2 * DAY, '2 days'],
  [13 * DAY, '13 days'],
  [14 * DAY, '2 weeks'],
  [59 * DAY, '8 weeks'],
  [60 * DAY, '2 months'],
  [729 * DAY, '24 months'],
  [730 * DAY, '2 years'],
])('%d ms are "%s"', (milliseconds, text) => expect(describeDuration(milliseconds)).toBe(text))
