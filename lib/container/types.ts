/** The public shapes of containers and jobs. Sizes are numbers of bytes or texts such as '512m'; durations are milliseconds or texts such as '10s'. */
import type { Readable, Writable } from 'node:stream'

export type Size = number | string
export type Duration = number | string

/** Options of every call that can wait. */
export interface WaitOptions {
  /** Rejects with ERR_ABORTED when it fires; what was begun is undone. */
  signal?: AbortSignal
  /** Rejects with ERR_TIMEOUT. */
  timeout?: Duration
}

export type Mount =
  | { type: 'bind'; source: string; target: string; readOnly?: boolean; recursive?: boolean; propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'; createSource?: boolean; idmap?: boolean }
  | { type: 'tmpfs'; target: string; size?: Size; mode?: number; readOnly?: boolean; options?: string[] }

export interface HealthCheck {
  /**
   * The probe: an argument list, or a text for the shell of the container. Without it the image's own is run, at these times; when the image has
   * none either, there is no check.
   */
  command?: string[] | string
  /** Default 30s. */ interval?: Duration
  /** Default 30s. */ timeout?: Duration
  /** Default 3. */ retries?: number
  /** Default 0. */ startPeriod?: Duration
  /** Default 5s. */ startInterval?: Duration
  /** What happens when it turns unhealthy. Default 'none'. */ onUnhealthy?: 'none' | 'kill' | 'restart' | 'stop'
}

export interface Ulimit { soft: number; hard?: number }
export interface Device { source: string; target?: string; permissions?: string }
export interface BlockRate { path: string; rate: number }
export type Restart = 'no' | 'always' | 'unless-stopped' | 'on-failure' | `on-failure:${number}`
export type Isolation = 'sandbox' | 'compat'

/** Limits, shared by run(), Container and update(). */
export interface LimitOptions {
  memory?: Size
  /** memory + swap; -1 for no bound. With `memory` alone: sandbox allows no swap, compat twice the memory. */ memorySwap?: Size | -1
  memoryReservation?: Size
  memorySwappiness?: number
  oomKillDisable?: boolean
  oomScoreAdj?: number
  cpus?: number
  cpuShares?: number
  cpuPeriod?: number
  cpuQuota?: number
  cpusetCpus?: string
  cpusetMems?: string
  pidsLimit?: number
  blkioWeight?: number
  deviceReadBps?: BlockRate[]
  deviceWriteBps?: BlockRate[]
  deviceReadIops?: BlockRate[]
  deviceWriteIops?: BlockRate[]
}

/** What a container is made from; also what run() takes beside image and command. */
export interface ContainerSpec extends LimitOptions {
  image: string
  command?: string[]
  /** [] clears the image's. */ entrypoint?: string[]
  name?: string
  /** null and undefined take a variable of the image's away. */ env?: Record<string, string | null | undefined>
  workdir?: string
  /** 'name', 'uid', 'uid:gid', 'name:group'; read from the image's files. */ user?: string
  groupAdd?: (string | number)[]
  hostname?: string
  domainname?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  tty?: boolean
  /** Keep standard input open. */ stdinOpen?: boolean
  mounts?: Mount[]
  /** Target -> options text, as docker's --tmpfs. */ tmpfs?: Record<string, string> | string[]
  readOnly?: boolean
  shmSize?: Size
  devices?: (Device | string)[]
  deviceCgroupRules?: string[]
  capAdd?: string[]
  capDrop?: string[]
  privileged?: boolean
  /** Docker's texts: 'no-new-privileges', 'seccomp=unconfined|<path>', 'apparmor=...', 'label=...', 'systempaths=unconfined'. */
  securityOpt?: string[]
  sysctls?: Record<string, string | number>
  /** By Docker's names; -1: no limit. Default: nofile 1024:524288, and in a sandbox core 0; lowered to what this process has. */
  ulimits?: Record<string, number | Ulimit>
  init?: boolean
  stopSignal?: string
  stopTimeout?: Duration
  autoRemove?: boolean
  restart?: Restart | { policy: Restart; maximumRetryCount?: number }
  healthcheck?: HealthCheck | false
  network?: 'none' | 'host' | `container:${string}`
  pid?: 'host' | `container:${string}`
  ipc?: 'private' | 'host' | 'shareable' | 'none' | `container:${string}`
  uts?: 'host'
  cgroupns?: 'private' | 'host'
  userns?: 'host' | 'private'
  ports?: (number | string)[]
  extraHosts?: Record<string, string>
  dns?: string[]
  log?: { driver?: 'file' | 'none'; maxSize?: Size; maxFiles?: number }
  isolation?: Isolation
  /** 512 MiB, 1 CPU, 256 pids, 1 GiB of files, and for run() 60 s; a limit that is named beside it holds instead. */ limits?: 'strict'
  /** The most that the writable layer may hold. */ diskSize?: Size
  lifetime?: 'process' | 'detached'
  /** 'host' time zero offsets in seconds; a time namespace of its own. */ timeOffsets?: { monotonic?: number; boottime?: number }
  gpus?: unknown
}

export type Ready = { port: number } | { log: RegExp | string; times?: number } | { http: string; port?: number; status?: number } | { health: true } | { exec: string[] } | ((container: unknown) => unknown) | Ready[]

export interface RunOptions extends Omit<ContainerSpec, 'image' | 'command'>, WaitOptions {
  /** Text, bytes or a stream for standard input. */ input?: string | Uint8Array | Readable
  /** 'utf8' (default) or 'buffer'. */ encoding?: 'utf8' | 'buffer'
  /** The most that is kept of each of stdout and stderr; more kills the job with ERR_MAX_BUFFER. Default 100 MiB. */ maxBuffer?: Size
  /** Reject with ERR_EXIT_CODE when the exit code is not 0. */ check?: boolean
}

export interface RunResult<Output = string> {
  exitCode: number
  /** 'SIGKILL', ... when a signal ended it. */ signal: string | null
  stdout: Output
  stderr: Output
  timedOut: boolean
  oomKilled: boolean
  durationMs: number
  cpu: { userMs: number; systemMs: number }
  maxRssBytes: number
}

export interface Line { stream: 'stdout' | 'stderr'; text: string }

/** What run() and exec() return: a promise of the result, and a handle while it runs. */
export interface Job<Output = string> extends PromiseLike<RunResult<Output>>, AsyncIterable<Line>, AsyncDisposable {
  catch: Promise<RunResult<Output>>['catch']
  finally: Promise<RunResult<Output>>['finally']
  /** Resolves once the program has been executed. */ started: Promise<{ pid: number; id: string }>
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly stderr: Readable
  kill(signal?: string | number): Promise<void>
  resize(size: { rows: number; columns: number }): Promise<void>
}

export interface ExecOptions extends WaitOptions {
  env?: Record<string, string | null | undefined>
  workdir?: string
  user?: string
  tty?: boolean
  privileged?: boolean
  input?: string | Uint8Array | Readable
  /** Give the handle a writable stdin. */ stdinOpen?: boolean
  /** 'process' (default): it dies with this process. 'detached': it runs on, and what it prints then is dropped. */ lifetime?: 'process' | 'detached'
  /** Not tied to this process from the beginning: there is no input, and output is dropped. */ detach?: boolean
  encoding?: 'utf8' | 'buffer'
  maxBuffer?: Size
  check?: boolean
}

export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

export interface ContainerInfo {
  id: string
  name: string
  image: string
  imageId: string
  command: string[]
  createdAt: Date
  labels: Record<string, string>
  status: Status
  /** null while it runs, and when the code is unknown (the monitor died). */ exitCode: number | null
  /** 'none' without a health check, and while it does not run. */ health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  pid: number
  startedAt: Date | null
  finishedAt: Date | null
  restartCount: number
  oomKilled: boolean
  error: string
  spec: ContainerSpec
}

export interface LogEntry { stream: 'stdout' | 'stderr'; time: Date; timeNs: bigint; text: string }
/** Bytes of one stream as they were read from the container: part of a line, a line or many. The time is that of the first. */
export interface LogBytes { readonly stream: 'stdout' | 'stderr'; readonly timeNs: bigint; readonly bytes: Buffer }
export interface LogOptions extends WaitOptions { /** Bytes as they were printed instead of lines: LogBytes, the fast way. Default false. */ raw?: boolean; follow?: boolean; tail?: number | 'all'; since?: Date | number | string; until?: Date | number | string; stdout?: boolean; stderr?: boolean }

export interface Stats {
  time: Date
  cpu: { usageUs: number; userUs: number; systemUs: number; percent: number; throttledUs: number; onlineCpus: number }
  memory: { usageBytes: number; limitBytes: number; percent: number; rssBytes: number; cacheBytes: number; peakBytes: number; oomKills: number }
  pids: { current: number; limit: number | null }
  network: Record<string, { rxBytes: number; rxPackets: number; rxErrors: number; rxDropped: number; txBytes: number; txPackets: number; txErrors: number; txDropped: number }>
  blockIo: { readBytes: number; writeBytes: number; reads: number; writes: number }
  pressure: Record<'cpu' | 'memory' | 'io', { some10: number; full10: number; totalUs: number } | null>
}

export interface GantryEvent { time: Date; timeNs: bigint; type: string; action: string; id: string; attributes: Record<string, string> }
