/** `HostConfig` of docker inspect. */
import { type NormalisedMount, type NormalisedSpec, parseSecurityOptions } from '../options.js'
import { maskedPaths, readonlyPaths } from '../spec/protection.js'
import type { BlockRate } from '../types.js'

const SHM_SIZE = 64 * 1024 * 1024

export function dockerHostConfig(spec: NormalisedSpec) {
  const unprotected = spec.privileged || parseSecurityOptions(spec.securityOpt ?? []).unconfinedPaths === true
  return {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: logConfig(spec),
    NetworkMode: spec.network,
    PortBindings: {},
    RestartPolicy: { Name: spec.restart.policy, MaximumRetryCount: spec.restart.maximumRetryCount },
    AutoRemove: spec.autoRemove,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    ...(spec.annotations ? { Annotations: { ...spec.annotations } } : {}),
    CapAdd: names(spec.capAdd),
    CapDrop: names(spec.capDrop),
    CgroupnsMode: spec.cgroupns ?? 'private',
    Dns: spec.dns ? [...spec.dns] : [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: spec.extraHosts ? Object.entries(spec.extraHosts).map(([name, address]) => `${name}:${address}`) : null,
    GroupAdd: names(spec.groupAdd),
    IpcMode: spec.ipc ?? 'private',
    Cgroup: '',
    Links: null,
    OomScoreAdj: spec.oomScoreAdj ?? 0,
    PidMode: spec.pid ?? '',
    Privileged: spec.privileged,
    PublishAllPorts: false,
    ReadonlyRootfs: spec.readOnly,
    SecurityOpt: names(spec.securityOpt),
    ...(spec.diskSize === undefined ? {} : { StorageOpt: { size: String(spec.diskSize) } }),
    ...(spec.tmpfs ? { Tmpfs: { ...spec.tmpfs } } : {}),
    UTSMode: spec.uts ?? '',
    UsernsMode: spec.userns ?? (spec.isolation === 'sandbox' ? 'private' : ''),
    ShmSize: spec.shmSize ?? SHM_SIZE,
    ...(spec.sysctls ? { Sysctls: { ...spec.sysctls } } : {}),
    Runtime: 'gantry',
    Isolation: '',
    ...limits(spec),
    ...(spec.mounts?.length ? { Mounts: spec.mounts.map(dockerMount) } : {}),
    MaskedPaths: unprotected ? null : [...maskedPaths()],
    ReadonlyPaths: unprotected ? null : [...readonlyPaths],
    ...(spec.init ? { Init: true } : {}),
  }
}

function names(list: readonly string[] | undefined): string[] | null {
  return list && list.length > 0 ? [...list] : null
}

function logConfig({ log }: NormalisedSpec) {
  if (log.driver === 'none') return { Type: 'none', Config: {} }
  return { Type: 'local', Config: { 'max-file': String(log.maxFiles), 'max-size': String(log.maxSize) } }
}

function limits(spec: NormalisedSpec) {
  return {
    CpuShares: spec.cpuShares ?? 0,
    Memory: spec.memory ?? 0,
    NanoCpus: Math.round((spec.cpus ?? 0) * 1e9),
    CgroupParent: '',
    BlkioWeight: spec.blkioWeight ?? 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: rates(spec.deviceReadBps),
    BlkioDeviceWriteBps: rates(spec.deviceWriteBps),
    BlkioDeviceReadIOps: rates(spec.deviceReadIops),
    BlkioDeviceWriteIOps: rates(spec.deviceWriteIops),
    CpuPeriod: spec.cpuPeriod ?? 0,
    CpuQuota: spec.cpuQuota ?? 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: spec.cpusetCpus ?? '',
    CpusetMems: spec.cpusetMems ?? '',
    Devices: (spec.devices ?? []).map(({ source, target, permissions }) => {
      return { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions }
    }),
    DeviceCgroupRules: names(spec.deviceCgroupRules),
    DeviceRequests: null,
    MemoryReservation: spec.memoryReservation ?? 0,
    MemorySwap: memorySwap(spec),
    MemorySwappiness: spec.memorySwappiness ?? null,
    OomKillDisable: spec.oomKillDisable ?? false,
    PidsLimit: spec.pidsLimit === undefined || spec.pidsLimit < 0 ? null : spec.pidsLimit,
    Ulimits: Object.entries(spec.ulimits ?? {}).map(([Name, { soft, hard }]) => ({ Name, Hard: hard, Soft: soft })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  }
}

function memorySwap({ memory, memorySwap: swap, isolation }: NormalisedSpec): number {
  return swap ?? (memory ?? 0) * (isolation === 'sandbox' ? 1 : 2)
}

function rates(list: readonly BlockRate[] | undefined) {
  return (list ?? []).map(({ path, rate }) => ({ Path: path, Rate: rate }))
}

function dockerMount(mount: NormalisedMount) {
  const ReadOnly = mount.readOnly ? { ReadOnly: true } : {}
  if (mount.type === 'bind') {
    const BindOptions = {
      Propagation: mount.propagation,
      ...(mount.recursive ? {} : { NonRecursive: true }),
      ...(mount.createSource ? { CreateMountpoint: true } : {}),
    }
    return { Type: 'bind', Source: mount.source, Target: mount.target, ...ReadOnly, BindOptions }
  }
  const TmpfsOptions = {
    ...(mount.size === undefined ? {} : { SizeBytes: mount.size }),
    ...(mount.mode === undefined ? {} : { Mode: mount.mode }),
  }
  return { Type: 'tmpfs', Target: mount.target, ...ReadOnly, TmpfsOptions }
}
