import { describe, expect, test } from 'vitest'
import { DetachScanner, defaultDetachKeys, parseKeys } from '../../../../lib/cli/terminal/index.js'

describe('key sequences', () => {
  test.each([
    ['ctrl-p,ctrl-q', [16, 17]], ['ctrl-a', [1]], ['ctrl-A', [1]], ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]], ['a,b,1', [97, 98, 49]], ['', []],
  ])('%s', (text, codes) => expect([...parseKeys(text)]).toEqual(codes))
  test.each(['ctrl-1', 'ab', 'ctrl-', 'a,,b', 'ctrl-pq', 'é'])('%s is none', (text) => expect(() => parseKeys(text)).toThrow('invalid detach keys'))
})

describe('what is typed', () => {
  const type = (scanner: DetachScanner, text: string) => {
    const { data, detached } = scanner.feed(Buffer.from(text, 'latin1'))
    return [data.toString('latin1'), detached]
  }
  const scanner = () => new DetachScanner(parseKeys(defaultDetachKeys))

  test('goes by', () => expect(type(scanner(), 'hello\n')).toEqual(['hello\n', false]))
  test('detaches, in one piece or two', () => {
    expect(type(scanner(), 'ab\x10\x11cd')).toEqual(['ab', true])
    const pieces = scanner()
    expect(type(pieces, 'ab\x10')).toEqual(['ab', false])
    expect(type(pieces, '\x11')).toEqual(['', true])
  })
  test('is held back only while it may be the sequence', () => {
    const held = scanner()
    expect(type(held, '\x10')).toEqual(['', false])
    expect(type(held, 'x')).toEqual(['\x10x', false])
    expect(type(held, '\x10\x10')).toEqual(['\x10', false])
    expect(type(held, '\x11')).toEqual(['', true])
  })
  test('nothing detaches without keys', () => expect(type(new DetachScanner(parseKeys('')), '\x10\x11')).toEqual(['\x10\x11', false]))
  test('one key', () => expect(type(new DetachScanner(parseKeys('ctrl-a')), 'x\x01y')).toEqual(['x', true]))
})
