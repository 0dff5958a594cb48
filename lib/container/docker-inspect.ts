/** A container in the words of `docker inspect`: Docker's keys, in Docker's order. */

import { dockerConfig, dockerMounts } from './inspect/config.js'
import { dockerHostConfig } from './inspect/host-config.js'
import { dockerNetworkSettings } from './inspect/network.js'
import { dockerState, type HealthRecord } from './inspect/state.js'
import type { NormalisedSpec } from './options.js'
import type { MergedConfig } from './spec/index.js'
import type { ContainerInfo } from './types.js'

export interface InspectSubject {
  info: ContainerInfo
  /** The options with their defaults. */
  spec: NormalisedSpec
  /** The options over the image's configuration. */
  config: MergedConfig
  hostname: string
  /** Files of the host; '' or absent where there is none. */
  files?: { hosts?: string; hostname?: string; resolvConf?: string }
  /** The log's current file. */
  logPath?: string
  /** The directories of the overlay, the lower ones top first. */
  overlay?: { lowers: readonly string[]; upper: string; work: string }
  health?: HealthRecord
  /** The signal that ended it; 0 for none. */
  signal?: number
  execIds?: readonly string[]
}

export type DockerInspect = ReturnType<typeof dockerInspect>

export function dockerInspect(subject: InspectSubject) {
  const { info, spec, config, files = {}, overlay, execIds = [] } = subject
  return {
    Id: info.id,
    Created: info.createdAt.toISOString(),
    Path: config.args[0] ?? '',
    Args: config.args.slice(1),
    State: dockerState(info, subject.signal ?? 0, subject.health),
    Image: info.imageId,
    ResolvConfPath: files.resolvConf ?? '',
    HostnamePath: files.hostname ?? '',
    HostsPath: files.hosts ?? '',
    LogPath: subject.logPath ?? '',
    Name: `/${info.name}`,
    RestartCount: info.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length > 0 ? [...execIds] : null,
    HostConfig: dockerHostConfig(spec),
    GraphDriver: { Data: overlay ? graphData(overlay) : null, Name: 'overlay2' },
    Mounts: dockerMounts(spec),
    Config: dockerConfig(info, spec, config, subject.hostname),
    NetworkSettings: dockerNetworkSettings(info, spec),
  }
}

function graphData({ lowers, upper, work }: NonNullable<InspectSubject['overlay']>) {
  return { LowerDir: lowers.join(':'), UpperDir: upper, WorkDir: work }
}
