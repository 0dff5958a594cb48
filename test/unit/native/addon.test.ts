import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addon, load, nativeDirectory } from '../../../lib/native/addon.js'
import { useDirectory } from './fixtures/directory.js'

const directory = useDirectory()

describe('the addon', () => {
  it('is loaded once', () => {
    expect(addon()).toBe(addon())
  })

  it('says that it needs Linux', () => {
    expect(() => load('darwin', '/x')).toThrow(
      expect.objectContaining({
        name: 'GantryError',
        code: 'ERR_NOT_SUPPORTED',
        message: expect.stringContaining('darwin'),
      }),
    )
  })

  it('says how to build it when it is not there', () => {
    expect(() => load('linux', '/no/such/gantry.node')).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_SUPPORTED',
        path: '/no/such/gantry.node',
        hint: expect.stringContaining('npm run build:native'),
      }),
    )
  })

  it('says why it cannot be loaded', () => {
    const path = join(directory.path, 'gantry.node')
    writeFileSync(path, 'not a library')
    expect(() => load('linux', path)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_SUPPORTED', cause: expect.anything() }),
    )
  })

  it('is looked for in another directory when the environment names one', () => {
    const before = process.env.GANTRY_NATIVE_DIRECTORY
    process.env.GANTRY_NATIVE_DIRECTORY = '/elsewhere'
    expect(nativeDirectory()).toBe('/elsewhere')
    if (before === undefined) delete process.env.GANTRY_NATIVE_DIRECTORY
    else process.env.GANTRY_NATIVE_DIRECTORY = before
  })
})
