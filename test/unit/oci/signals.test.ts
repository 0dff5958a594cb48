import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { signalName, signalNumber } from '../../../lib/oci/index.js'

describe('signals', () => {
  test.each<[string | number, number]>([
    ['SIGTERM', 15],
    ['TERM', 15],
    ['term', 15],
    ['sigterm', 15],
    ['15', 15],
    [15, 15],
    ['SIGRTMIN+3', 37],
    ['RTMIN', 34],
    ['SIGRTMAX', 64],
    ['RTMAX-1', 63],
    [64, 64],
    ['SIGPOLL', 29],
  ])('%j is %d', (signal, number) => expect(signalNumber(signal)).toBe(number))

  test.each([0, 65, -1, 1.5, Number.NaN, '0', '65', '', 'SIG', 'SIGNOPE', 'SIGRTMIN+99', ' TERM', '__proto__'])(
    '%j is none',
    (bad) => {
      expect(() => signalNumber(bad)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('is not a signal') }),
      )
    },
  )

  test('they are those of the system', () => {
    for (const [name, number] of Object.entries(constants.signals)) expect(signalNumber(name)).toBe(number)
  })

  test('every number has a name that leads back to it', () => {
    for (let number = 1; number <= 64; number++) expect(signalNumber(signalName(number))).toBe(number)
    expect(signalName(9)).toBe('SIGKILL')
    expect(signalName(37)).toBe('SIGRTMIN+3')
    expect(signalName(99)).toBe('99')
  })
})
