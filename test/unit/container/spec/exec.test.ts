import { describe, expect, test } from 'vitest'
import { parseContainerSpec, parseExecOptions } from '../../../../lib/container/options.js'
import {
  availableCapabilities,
  compatCapabilities,
  type SpecInput,
  toExecProcess,
  toProbeProcess,
} from '../../../../lib/container/spec/index.js'
import { app, make, root } from './subject.js'

describe('an exec', () => {
  const container = (options: object = {}, input: Partial<SpecInput> = {}) => {
    const spec = parseContainerSpec({ image: 'x', command: ['true'], ...options })
    return { spec, process: make(options, input).process! }
  }
  test("has the container's environment, its own variables and its user's HOME", () => {
    const process = toExecProcess(
      container({ env: { A: '1', B: '2' } }),
      parseExecOptions(['ls'], { env: { B: undefined, C: '3' }, tty: true, workdir: '/w' }),
      app,
    )
    expect(process).toMatchObject({
      args: ['ls'],
      cwd: '/w',
      terminal: true,
      user: { uid: 1000, gid: 1000, additionalGids: [44] },
    })
    expect(process.env).toEqual([
      'HOME=/home/app',
      expect.stringMatching(/^PATH=/),
      'HOSTNAME=0123456789ab',
      'A=1',
      'TERM=xterm',
      'C=3',
    ])
  })
  test('keeps a declared HOME', () => {
    expect(toExecProcess(container({ env: { HOME: '/srv' } }), parseExecOptions(['ls']), app).env).toContain(
      'HOME=/srv',
    )
    const config = { Env: ['HOME=/data'] }
    expect(
      toExecProcess(container({}, { rootfs: { mounts: [], config } }), parseExecOptions(['ls']), app).env,
    ).toContain('HOME=/data')
  })
  test('has the capabilities of its user', () => {
    expect(toExecProcess(container(), parseExecOptions(['ls']), app).capabilities).toMatchObject({
      bounding: compatCapabilities,
      effective: [],
    })
    expect(toExecProcess(container({}, { user: app }), parseExecOptions(['ls']), root).capabilities).toMatchObject({
      effective: compatCapabilities,
      permitted: compatCapabilities,
    })
    expect(
      toExecProcess(container(), parseExecOptions(['ls'], { privileged: true }), root).capabilities?.effective,
    ).toEqual(availableCapabilities(false))
  })
  test('is confined as the container is', () => {
    const process = toExecProcess(container({ isolation: 'sandbox', oomScoreAdj: 7 }), parseExecOptions(['ls']), root)
    expect(process).toMatchObject({ noNewPrivileges: true, oomScoreAdj: 7, terminal: false })
    expect(process.rlimits).toContainEqual({ type: 'RLIMIT_CORE', soft: 0, hard: 0 })
  })
  test("a probe is the container's own user without a terminal", () => {
    const { process } = container({ tty: true }, { user: app })
    expect(toProbeProcess(process, ['probe'])).toMatchObject({
      args: ['probe'],
      terminal: false,
      user: { uid: 1000 },
      cwd: '/',
    })
  })
})
