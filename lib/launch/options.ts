/** What a launch needs beside the OCI spec: where things are on the host, and what the monitor is to do. */
import type { RuntimeProcess } from '../oci/index.js'

export interface OverlayRoot {
  kind: 'overlay'
  /** Layer directories of the host, the top one first. */
  lowers: readonly string[]
  writable: DirectoryLayer | MemoryLayer
}

/** Directories on one file system, made by the caller; `upper` belongs to the container's root. */
export interface DirectoryLayer {
  kind: 'directory'
  upper: string
  work: string
}

/** A tmpfs of the container's own: gone with it, whatever happens, and never larger than its size. */
export interface MemoryLayer {
  kind: 'memory'
  /** Absent: half of the machine's memory, as for every tmpfs. */
  sizeBytes?: number
  /** Who the container's root is on the host. */
  uid: number
  gid: number
}

export interface DirectoryRoot {
  kind: 'directory'
  path: string
}

export interface HealthProbe {
  process: RuntimeProcess
  intervalMs: number
  timeoutMs: number
  retries: number
  startPeriodMs: number
  startIntervalMs: number
  onUnhealthy: 'none' | 'kill' | 'restart' | 'stop'
}

export interface LaunchOptions {
  id: string
  root: OverlayRoot | DirectoryRoot
  /** <root>/containers/<id>: where the monitor writes state.json. Made by the caller, with upper/ and work/ in it. */
  directory: string
  /** <runRoot>/containers/<id>: made by the caller, who holds the lock on it and passes it to the monitor. */
  runDirectory: string
  /** <runRoot>: its `rootfs` and `shared/empty` directories exist. */
  runRoot: string
  bootId: string
  /** <root>/events/journal, and the attributes of the container's events. */
  journal?: { path: string; attributes: Record<string, string> }
  /** direct: the caller holds the pipes (slots 0-2). pumped: the monitor holds them, writes the log, serves attach. */
  streams: 'direct' | 'pumped'
  /** pumped only. Default none. */
  stdin?: 'none' | 'open' | 'once'
  log?: { directory: string; maxSize: number; maxFiles: number }
  /** process: the container ends when the owner's channel closes. */
  lifetime: 'process' | 'detached'
  /** 0: none. */
  timeoutMs?: number
  /** A signal number; default 15. */
  stopSignal?: number
  /** Default 10,000. */
  stopTimeoutMs?: number
  restart?: { policy: 'no' | 'on-failure' | 'always' | 'unless-stopped'; maximum?: number; count?: number }
  health?: HealthProbe
  /** A built-in init as pid 1. */
  init?: boolean
  /** 'needed': only the cgroup hierarchies that limits or accounting ask for. 'all': every one there is. Default 'needed'. */
  hierarchies?: 'needed' | 'all'
  /**
   * Every file, symbolic link (if it still has the target) and tree to delete when the container is gone for good (autoRemove). The cgroups and the
   * run directory always go.
   */
  remove?: { files?: readonly string[]; links?: readonly { directory: string; name: string; target: string }[]; trees?: readonly string[] }
  /** Initial window of a terminal. */
  terminalSize?: { rows: number; columns: number }
}

export interface ExecLaunchOptions {
  /** The container's id, for its cgroups. */
  id: string
  /** The cgroup directories of the container; absent: those that exist when the exec is compiled. */
  cgroups?: readonly string[]
  terminalSize?: { rows: number; columns: number }
}
