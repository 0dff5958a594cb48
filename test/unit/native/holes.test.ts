import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nextData, nextHole } from '../../../lib/native/index.js'

test('the bytes between the holes of a file are found', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-holes-'))
  const fd = openSync(join(directory, 'sparse'), 'w+')
  try {
    const gibibyte = 2 ** 30
    writeSync(fd, 'x', 5 * gibibyte)
    ftruncateSync(fd, 8 * gibibyte)
    expect(nextData(fd, 0)).toBe(5 * gibibyte)
    expect(nextHole(fd, 0)).toBe(0)
    const end = nextHole(fd, 5 * gibibyte)
    expect(end).toBeGreaterThan(5 * gibibyte)
    expect(nextData(fd, end)).toBe(-1)
    expect(() => nextData(-1, 0)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'lseek' }))
  } finally {
    closeSync(fd)
    rmSync(directory, { recursive: true })
  }
})
