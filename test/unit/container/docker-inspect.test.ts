import { describe, expect, test } from 'vitest'
import { dockerInspect, type InspectSubject } from '../../../lib/container/docker-inspect.js'
import { parseContainerSpec } from '../../../lib/container/options.js'
import { mergeImageConfig } from '../../../lib/container/spec/index.js'
import type { ContainerInfo } from '../../../lib/container/types.js'

const id = 'ab'.repeat(32)
const info: ContainerInfo = {
  id,
  name: 'db',
  image: 'postgres:16',
  imageId: 'sha256:00',
  command: ['/entry', 'serve'],
  createdAt: new Date(1_000),
  labels: { a: 'b' },
  status: 'running',
  exitCode: null,
  health: 'none',
  pid: 42,
  startedAt: new Date(2_000),
  finishedAt: null,
  restartCount: 1,
  oomKilled: false,
  error: '',
  spec: { image: 'postgres:16' },
}

const inspect = (options: object = {}, changed: Partial<ContainerInfo> = {}, rest: Partial<InspectSubject> = {}) => {
  const spec = parseContainerSpec({ image: 'postgres:16', ...options })
  const config = mergeImageConfig(spec, { Entrypoint: ['/entry'], Cmd: ['serve'], Env: ['B=2'], WorkingDir: '/srv' })
  return dockerInspect({ info: { ...info, ...changed }, spec, config, hostname: 'abababababab', ...rest })
}

describe('docker inspect', () => {
  test('has the keys of docker inspect, in its order', () => {
    expect(Object.keys(inspect())).toEqual([
      'Id',
      'Created',
      'Path',
      'Args',
      'State',
      'Image',
      'ResolvConfPath',
      'HostnamePath',
      'HostsPath',
      'LogPath',
      'Name',
      'RestartCount',
      'Driver',
      'Platform',
      'MountLabel',
      'ProcessLabel',
      'AppArmorProfile',
      'ExecIDs',
      'HostConfig',
      'GraphDriver',
      'Mounts',
      'Config',
      'NetworkSettings',
    ])
    expect(inspect()).toMatchObject({
      Id: id,
      Name: '/db',
      Path: '/entry',
      Args: ['serve'],
      Created: '1970-01-01T00:00:01.000Z',
      RestartCount: 1,
      ExecIDs: null,
    })
  })

  test.each([
    ['created', { Running: false, Paused: false, Restarting: false }],
    ['running', { Running: true, Paused: false, Restarting: false }],
    ['paused', { Running: true, Paused: true }],
    ['restarting', { Running: true, Restarting: true }],
    ['exited', { Running: false, Dead: false }],
    ['dead', { Running: false, Dead: true }],
  ] as const)('%s', (status, state) =>
    expect(inspect({}, { status }).State).toMatchObject({ Status: status, ...state }),
  )

  test('says how it ended', () => {
    expect(inspect().State).toMatchObject({
      Pid: 42,
      ExitCode: 0,
      StartedAt: '1970-01-01T00:00:02.000Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    })
    expect(inspect({}, { status: 'exited', exitCode: 3, pid: 0, oomKilled: true, error: 'x' }).State).toMatchObject({
      ExitCode: 3,
      OOMKilled: true,
      Error: 'x',
      Pid: 0,
    })
    expect(inspect({}, { status: 'exited', exitCode: 0 }, { signal: 9 }).State.ExitCode).toBe(137)
    expect(inspect({}, { status: 'exited', exitCode: null }).State.ExitCode).toBe(255)
  })

  test('has the health of a container that is checked', () => {
    expect(inspect().State).not.toHaveProperty('Health')
    const log = [
      { startNs: '1000000005', endNs: '2000000000', exitCode: 1, output: Buffer.from('no').toString('base64') },
    ]
    expect(inspect({}, { health: 'unhealthy' }, { health: { failingStreak: 3, log } }).State).toMatchObject({
      Health: {
        Status: 'unhealthy',
        FailingStreak: 3,
        Log: [
          { Start: '1970-01-01T00:00:01.000000005Z', End: '1970-01-01T00:00:02.000000000Z', ExitCode: 1, Output: 'no' },
        ],
      },
    })
    // It has ended: what its check said last is kept.
    expect(inspect({}, { status: 'exited', health: 'none' }, { health: { status: 'healthy', failingStreak: 0, log } }).State).toMatchObject({ Running: false, Health: { Status: 'healthy', FailingStreak: 0 } })
    expect(inspect({ healthcheck: { command: ['probe'], interval: '5s' } }).Config).toMatchObject({
      Healthcheck: { Test: ['CMD', 'probe'], Interval: 5e9, Timeout: 30e9, Retries: 3 },
    })
  })

  test('has the configuration that holds', () => {
    const { Config, HostConfig } = inspect({
      env: { A: '1' },
      tty: true,
      memory: '64m',
      cpus: 1,
      pidsLimit: 5,
      restart: 'on-failure:2',
      stopTimeout: '1500ms',
      capAdd: ['KILL'],
      extraHosts: { a: '1.1.1.1' },
      devices: ['/dev/null'],
      tmpfs: { '/t': 'size=1m' },
      ulimits: { nofile: 5 },
      securityOpt: ['systempaths=unconfined'],
      readOnly: true,
      log: { maxSize: '1k' },
    })
    expect(Config).toMatchObject({
      Tty: true,
      Env: ['A=1', 'B=2', expect.stringMatching(/^PATH=/)],
      Cmd: ['serve'],
      Entrypoint: ['/entry'],
      WorkingDir: '/srv',
      Image: 'postgres:16',
      StopSignal: 'SIGTERM',
      StopTimeout: 2,
    })
    expect(HostConfig).toMatchObject({
      Memory: 67_108_864,
      MemorySwap: 134_217_728,
      NanoCpus: 1e9,
      PidsLimit: 5,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
      CapAdd: ['CAP_KILL'],
      CapDrop: null,
      ExtraHosts: ['a:1.1.1.1'],
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/null', CgroupPermissions: 'rwm' }],
      Tmpfs: { '/t': 'size=1m' },
      Ulimits: [{ Name: 'nofile', Hard: 5, Soft: 5 }],
      MaskedPaths: null,
      ReadonlyPaths: null,
      ReadonlyRootfs: true,
      NetworkMode: 'none',
      LogConfig: { Type: 'local', Config: { 'max-size': '1024', 'max-file': '3' } },
    })
    expect(inspect({ log: { driver: 'none' } }).HostConfig.LogConfig).toEqual({ Type: 'none', Config: {} })
  })

  test('has the mounts, the layers and the network', () => {
    const options = {
      mounts: [
        { type: 'bind', source: '/usr', target: '/x', readOnly: true },
        { type: 'tmpfs', target: '/y' },
      ],
      network: 'host',
    }
    const document = inspect(options, {}, { overlay: { lowers: ['/l1', '/l2'], upper: '/u', work: '/w' } })
    expect(document.Mounts).toEqual([
      { Type: 'bind', Source: '/usr', Destination: '/x', Mode: 'ro', RW: false, Propagation: 'rprivate' },
      { Type: 'tmpfs', Source: '', Destination: '/y', Mode: '', RW: true, Propagation: '' },
    ])
    expect(document.GraphDriver).toEqual({
      Data: { LowerDir: '/l1:/l2', UpperDir: '/u', WorkDir: '/w' },
      Name: 'overlay2',
    })
    expect(Object.keys(document.NetworkSettings.Networks)).toEqual(['host'])
    expect(inspect({ network: 'container:x' }).NetworkSettings.Networks).toEqual({})
  })

  test('is plain JSON', () => expect(JSON.parse(JSON.stringify(inspect()))).toEqual(inspect()))
})
