import { readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { defaultRegions, IdRanges, readReserved } from '../../../lib/store/id-ranges.js'
import { newId, openStore } from '../../../lib/store/index.js'
import { scratch } from './scratch.js'

const region = [{ start: 0x10000000, slots: 4 }]

describe('ranges of user ids', () => {
  test('ranges do not overlap, also between two stores over the same roots', () => {
    using directory = scratch()
    const options = { root: `${directory.path}/root`, runRoot: `${directory.path}/run` }
    const stores = [openStore(options), openStore(options)]
    const bases = new Set<number>()
    for (let index = 0; index < 300; index++) {
      const range = stores[index % 2]!.ids.claim(newId())
      expect(range.size).toBe(65536)
      expect(range.base % 65536).toBe(0)
      bases.add(range.base)
    }
    expect(bases.size).toBe(300)
    expect(readdirSync(`${options.root}/ids`)).toHaveLength(300)
  })

  test('every default range lies below the sign bit and above what systems give away', () => {
    for (const { start, slots } of defaultRegions) {
      expect(start).toBeGreaterThan(600_000_000)
      expect(start + slots * 65536).toBeLessThanOrEqual(0x7ffe0000)
    }
  })

  test('when all are taken the error says so, and a range given back is had again', () => {
    using directory = scratch()
    const ranges = new IdRanges(`${directory.path}/ids`, () => true, region, [])
    const claimed = Array.from({ length: 4 }, () => ({ id: newId() })).map(({ id }) => ({ id, range: ranges.claim(id) }))
    expect(() => ranges.claim(newId())).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }))
    ranges.release(claimed[2]!.range, newId())
    expect(() => ranges.claim(newId())).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }))
    ranges.release(claimed[2]!.range, claimed[2]!.id)
    expect(ranges.claim(newId()).slot).toBe(claimed[2]!.range.slot)
    expect(ranges.at(claimed[0]!.range.slot)).toEqual(claimed[0]!.range)
  })

  test('what vanished containers held is taken back after a while', () => {
    using directory = scratch()
    const ranges = new IdRanges(`${directory.path}/ids`, () => false, region, [])
    for (let index = 0; index < 4; index++) ranges.claim(newId())
    expect(ranges.sweep()).toBe(0)
    expect(() => ranges.claim(newId())).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }))
  })

  test('ranges of users are left alone', () => {
    using directory = scratch()
    const ranges = new IdRanges(`${directory.path}/ids`, () => true, region, [[0x10000000 + 65536 * 2 - 1, 0x10000000 + 65536 * 2]])
    expect([ranges.claim(newId()).slot, ranges.claim(newId()).slot].sort()).toEqual([0, 3])
    expect(() => ranges.claim(newId())).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }))
  })

  test('/etc/subuid is read, and what makes no sense in it is not', () => {
    using directory = scratch()
    writeFileSync(`${directory.path}/subuid`, '# comment\nann:100000:65536\nbad line\nbob:1:0\n1000:231072:65536\n:x:y\n')
    expect(readReserved([`${directory.path}/subuid`, `${directory.path}/missing`])).toEqual([[100000, 165535], [231072, 296607]])
  })

  test.each([{ start: 0, slots: 1 }, { start: 65536, slots: 0 }, { start: 0xffff0000, slots: 2 }, { start: 1.5, slots: 1 }])('the region %j is refused', (bad) => {
    using directory = scratch()
    expect(() => new IdRanges(`${directory.path}/ids`, () => true, [bad], [])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})
