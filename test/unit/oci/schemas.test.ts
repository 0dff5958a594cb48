import { describe, expect, test } from 'vitest'
import {
  descriptorSchema,
  imageConfigSchema,
  imageIndexSchema,
  manifestSchema,
  runtimeSpecSchema,
} from '../../../lib/oci/index.js'

const digest = `sha256:${'a'.repeat(64)}`
const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 3 }
const manifest = { schemaVersion: 2, config: descriptor, layers: [descriptor] }
const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } }

describe('image documents', () => {
  test('unknown fields are dropped, null reads as absent', () => {
    const read = imageConfigSchema.parse({
      ...config,
      container_config: {},
      history: null,
      config: { Cmd: null, Env: ['A=1'], Volumes: { '/data': {} }, ExposedPorts: null, Hostname: 'x' },
    })
    expect(read).toEqual({ ...config, config: { Env: ['A=1'], Volumes: { '/data': {} } } })
    expect('container_config' in read).toBe(false)
  })

  test('a health check keeps its names', () => {
    const Healthcheck = { Test: ['CMD', 'true'], Interval: 1e9 }
    expect(imageConfigSchema.parse({ ...config, config: { Healthcheck } }).config?.Healthcheck).toEqual(Healthcheck)
  })

  test('a document that is a manifest and an index is neither', () => {
    expect(manifestSchema.safeParse({ ...manifest, manifests: [descriptor] }).success).toBe(false)
    expect(
      imageIndexSchema.safeParse({ schemaVersion: 2, manifests: [descriptor], layers: [descriptor] }).success,
    ).toBe(false)
    expect(manifestSchema.parse(manifest)).toEqual(manifest)
  })

  test.each([
    { ...descriptor, digest: 'sha256:short' },
    { ...descriptor, digest: `md5:${'a'.repeat(32)}` },
    { ...descriptor, digest: digest.toUpperCase() },
    { ...descriptor, size: -1 },
    { ...descriptor, size: 1.5 },
    { ...descriptor, mediaType: '' },
    { digest, size: 1 },
  ])('%j is no descriptor', (bad) => expect(descriptorSchema.safeParse(bad).success).toBe(false))
})

describe('the runtime spec', () => {
  const spec = {
    ociVersion: '1.2.0',
    process: { user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/' },
    root: { path: 'rootfs' },
  }

  test('a minimal one is read as it is, without what is unknown', () =>
    expect(runtimeSpecSchema.parse({ ...spec, windows: {} })).toEqual(spec))

  test.each([
    ['an id that wraps around', { ...spec, process: { ...spec.process, user: { uid: 4_294_967_296, gid: 0 } } }],
    ['a relative working directory', { ...spec, process: { ...spec.process, cwd: 'tmp' } }],
    ['no arguments', { ...spec, process: { ...spec.process, args: [] } }],
    ['another major version', { ...spec, ociVersion: '2.0.0' }],
    ['a namespace twice', { ...spec, linux: { namespaces: [{ type: 'pid' }, { type: 'pid' }] } }],
    ['an unknown namespace', { ...spec, linux: { namespaces: [{ type: 'mnt' }] } }],
    ['a relative hook', { ...spec, hooks: { prestart: [{ path: 'hook' }] } }],
    ['an unknown seccomp action', { ...spec, linux: { seccomp: { defaultAction: 'SCMP_ACT_PLEASE' } } }],
    ['device access beyond rwm', { ...spec, linux: { resources: { devices: [{ allow: true, access: 'rwx' }] } } }],
  ])('refuses %s', (_, bad) => expect(runtimeSpecSchema.safeParse(bad).success).toBe(false))

  test('64-bit seccomp values may be texts', () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        {
          names: ['a'],
          action: 'SCMP_ACT_ERRNO',
          args: [{ index: 0, value: '18446744073709551615', op: 'SCMP_CMP_EQ' }],
        },
      ],
    }
    expect(runtimeSpecSchema.parse({ ...spec, linux: { seccomp } }).linux?.seccomp).toEqual(seccomp)
  })
})
