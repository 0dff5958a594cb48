/** `Config` and `Mounts` of docker inspect. */
import type { NormalisedSpec } from '../options.js'
import { DEFAULT_PATH, type MergedConfig, type MergedHealthCheck } from '../spec/index.js'
import type { ContainerInfo } from '../types.js'

const NANOSECONDS = 1_000_000

export function dockerConfig(info: ContainerInfo, spec: NormalisedSpec, config: MergedConfig, hostname: string) {
  const stopTimeout = spec.stopTimeout === undefined ? {} : { StopTimeout: Math.ceil(spec.stopTimeout / 1000) }
  return {
    Hostname: hostname,
    Domainname: spec.domainname ?? '',
    User: config.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: spec.tty,
    OpenStdin: spec.stdinOpen,
    StdinOnce: false,
    Env: dockerEnv(config.env),
    Cmd: config.command.length > 0 ? [...config.command] : null,
    ...(config.healthcheck ? { Healthcheck: dockerHealthcheck(config.healthcheck) } : {}),
    Image: info.image,
    Volumes: null,
    WorkingDir: config.workdir === '/' ? '' : config.workdir,
    Entrypoint: config.entrypoint.length > 0 ? [...config.entrypoint] : null,
    OnBuild: null,
    Labels: { ...info.labels },
    StopSignal: config.stopSignal,
    ...stopTimeout,
  }
}

/** What is declared, and the PATH that everyone gets. */
function dockerEnv(declared: MergedConfig['env']): string[] {
  const env = Array.from(declared).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return declared.has('PATH') ? env : [...env, `PATH=${DEFAULT_PATH}`]
}

function dockerHealthcheck(health: MergedHealthCheck) {
  return {
    Test: ['CMD', ...health.command],
    Interval: health.intervalMs * NANOSECONDS,
    Timeout: health.timeoutMs * NANOSECONDS,
    StartPeriod: health.startPeriodMs * NANOSECONDS,
    StartInterval: health.startIntervalMs * NANOSECONDS,
    Retries: health.retries,
  }
}

export function dockerMounts(spec: NormalisedSpec) {
  const mounts = (spec.mounts ?? []).map((mount) => {
    const RW = !mount.readOnly
    if (mount.type === 'bind') {
      return {
        Type: 'bind',
        Source: mount.source,
        Destination: mount.target,
        Mode: RW ? '' : 'ro',
        RW,
        Propagation: mount.propagation,
      }
    }
    return { Type: 'tmpfs', Source: '', Destination: mount.target, Mode: '', RW, Propagation: '' }
  })
  return mounts
}
