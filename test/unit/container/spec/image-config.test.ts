import { describe, expect, test } from 'vitest'
import { parseContainerSpec } from '../../../../lib/container/options.js'
import { mergeImageConfig } from '../../../../lib/container/spec/index.js'
import type { ImageRunConfig } from '../../../../lib/oci/index.js'

const merge = (options: object, image?: ImageRunConfig) =>
  mergeImageConfig(parseContainerSpec({ image: 'x', ...options }), image)
const image: ImageRunConfig = { Entrypoint: ['/entry'], Cmd: ['serve', '--all'] }

describe('entrypoint and command', () => {
  test.each<[string, object, ImageRunConfig, string[]]>([
    ['the image alone', {}, image, ['/entry', 'serve', '--all']],
    ["a command replaces the image's", { command: ['sh'] }, image, ['/entry', 'sh']],
    ["an entrypoint takes the image's command away", { entrypoint: ['/mine'] }, image, ['/mine']],
    ['an entrypoint with a command', { entrypoint: ['/mine', '-v'], command: ['a'] }, image, ['/mine', '-v', 'a']],
    ['an empty entrypoint clears only the entrypoint', { entrypoint: [] }, image, ['serve', '--all']],
    ['an empty entrypoint with a command', { entrypoint: [], command: ['sh'] }, image, ['sh']],
    ['an empty command is none', { command: [] }, image, ['/entry', 'serve', '--all']],
    ['an image without an entrypoint', {}, { Cmd: ['bash'] }, ['bash']],
    ['an image without a command', {}, { Entrypoint: ['/entry'] }, ['/entry']],
  ])('%s', (_, options, config, args) => expect(merge(options, config).args).toEqual(args))

  test.each([
    [{}, undefined],
    [{}, {}],
    [{ entrypoint: [] }, { Entrypoint: ['/entry'] }],
    [{ command: [''] }, {}],
  ])('%j over %j has nothing to run', (options, config) => {
    expect(() => merge(options, config)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_OPTION',
        message: expect.stringContaining('no command was given, and the image x names none'),
      }),
    )
  })
})

test('options stand over the image in the environment, and can take a variable away', () => {
  const { env } = merge(
    { command: ['a'], env: { B: 'own', C: undefined, D: '' } },
    { Env: ['A=1', 'B=2', 'C=3', 'E=a=b', 'broken', '=x'] },
  )
  expect([...env]).toEqual([
    ['B', 'own'],
    ['C', undefined],
    ['D', ''],
    ['A', '1'],
    ['E', 'a=b'],
  ])
})

test.each<[object, ImageRunConfig, string]>([
  [{}, {}, '/'],
  [{}, { WorkingDir: '/srv' }, '/srv'],
  [{}, { WorkingDir: 'srv' }, '/srv'],
  [{ workdir: '/tmp' }, { WorkingDir: '/srv' }, '/tmp'],
  [{}, { WorkingDir: '' }, '/'],
])('%j over %j works in %s', (options, config, workdir) =>
  expect(merge({ command: ['a'], ...options }, config).workdir).toBe(workdir),
)

test('user, labels and stop signal', () => {
  const config: ImageRunConfig = { User: 'app', Labels: { a: '1', b: '2' }, StopSignal: 'QUIT', Cmd: ['x'] }
  expect(merge({}, config)).toMatchObject({ user: 'app', labels: { a: '1', b: '2' }, stopSignal: 'SIGQUIT' })
  expect(merge({ user: '5', labels: { b: '3' }, stopSignal: `${9}` }, config)).toMatchObject({
    user: '5',
    labels: { a: '1', b: '3' },
    stopSignal: 'SIGKILL',
  })
  expect(merge({ command: ['x'] }, { StopSignal: '37' }).stopSignal).toBe('SIGRTMIN+3')
  expect(merge({ command: ['x'] })).toMatchObject({ user: '', labels: {}, stopSignal: 'SIGTERM' })
  expect(() => merge({}, { ...config, StopSignal: 'NOPE' })).toThrow(
    expect.objectContaining({ code: 'ERR_IMAGE_INVALID' }),
  )
})

describe('the health check', () => {
  const config: ImageRunConfig = {
    Cmd: ['x'],
    Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'], Interval: 5e9, Retries: 7 },
  }
  const defaults = {
    intervalMs: 30_000,
    timeoutMs: 30_000,
    retries: 3,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    onUnhealthy: 'none',
  }

  test('of the image', () => {
    expect(merge({}, config).healthcheck).toEqual({
      ...defaults,
      command: ['/bin/sh', '-c', 'curl -f localhost'],
      intervalMs: 5000,
      retries: 7,
    })
    expect(merge({}, { ...config, Healthcheck: { Test: ['CMD', 'a', 'b'] } }).healthcheck).toEqual({
      ...defaults,
      command: ['a', 'b'],
    })
    expect(merge({}, { ...config, Shell: ['/bin/bash', '-ec'] }).healthcheck?.command).toEqual([
      '/bin/bash',
      '-ec',
      'curl -f localhost',
    ])
  })
  test('is turned off', () => {
    expect(merge({ healthcheck: false }, config).healthcheck).toBeUndefined()
    expect(merge({}, { ...config, Healthcheck: { Test: ['NONE'] } }).healthcheck).toBeUndefined()
    expect(merge({}, { Cmd: ['x'] }).healthcheck).toBeUndefined()
  })
  test('of the options inherits the times it does not name', () => {
    expect(
      merge({ healthcheck: { command: ['probe'], timeout: '1s', onUnhealthy: 'kill' } }, config).healthcheck,
    ).toEqual({
      ...defaults,
      command: ['probe'],
      intervalMs: 5000,
      timeoutMs: 1000,
      retries: 7,
      onUnhealthy: 'kill',
    })
    expect(merge({ healthcheck: { interval: '2s' } }, config).healthcheck).toMatchObject({
      command: ['/bin/sh', '-c', 'curl -f localhost'],
      intervalMs: 2000,
      retries: 7,
    })
    expect(merge({ healthcheck: { interval: '2s' } }, { Cmd: ['x'] }).healthcheck).toBeUndefined()
    expect(merge({ healthcheck: { command: 'a | b', startPeriod: 0 } }, config).healthcheck).toMatchObject({
      command: ['/bin/sh', '-c', 'a | b'],
      startPeriodMs: 0,
    })
  })
})
