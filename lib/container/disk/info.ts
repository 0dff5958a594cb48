/** What the disk says about a container, in the shape that users see. */
import type { Store } from '../../store/index.js'
import { operationName } from '../../launch/program.js'
import type { ContainerInfo, Status } from '../types.js'
import type { ContainerRecord } from './record.js'
import { type ContainerState, currentState, isLive, unknownExitCode } from './state.js'

export function containerInfo(store: Store, record: ContainerRecord, state: ContainerState = currentState(store, record.id)): ContainerInfo {
  const live = isLive(state.status)
  return {
    id: record.id,
    name: shownName(record),
    image: record.image,
    imageId: record.imageId,
    command: record.command,
    createdAt: new Date(record.createdAt),
    labels: record.labels,
    status: state.status as Status,
    exitCode: (live && state.status !== 'restarting') || state.status === 'created' || state.exitCode === unknownExitCode ? null : state.exitCode,
    health: record.hasHealth && live ? (state.health?.status ?? 'starting') : 'none',
    pid: live ? state.pid : 0,
    startedAt: date(state.startedAtNs),
    finishedAt: date(state.finishedAtNs),
    restartCount: state.restartCount,
    oomKilled: state.oomKilled,
    error: failureText(state),
    spec: record.spec,
  }
}

/** A job without a name goes by the twelve digits of its id, which find it, too. */
export function shownName(record: Pick<ContainerRecord, 'id' | 'name'>): string {
  return record.name || record.id.slice(0, 12)
}

function date(ns: string): Date | null {
  return ns === '0' ? null : new Date(Number(BigInt(ns) / 1_000_000n))
}

function failureText(state: ContainerState): string {
  if (state.failure) return `the launch failed at ${operationName(state.failure.operation)} (errno ${state.failure.errno})`
  if (state.status === 'exited' && state.exitCode === unknownExitCode) return 'its monitor died, so how it ended is not known'
  return ''
}
