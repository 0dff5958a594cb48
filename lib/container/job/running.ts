/** The jobs of this process whose monitors have not ended yet. */
import type { Store } from '../../store/index.js'

export interface RunningJob {
  readonly id: string
  /** It has its result, or what keeps it from one; only the teardown is left. */ ended: boolean
  /** Kills it all. Absent when it lives on without this process. */ readonly end?: () => void
}

const running = new WeakMap<Store, Set<RunningJob>>()

/** Counts it among the running ones until the function that this gives is called. */
export function keepJob(store: Store, job: RunningJob): () => void {
  let ofStore = running.get(store)
  if (!ofStore) running.set(store, (ofStore = new Set()))
  ofStore.add(job)
  return () => ofStore.delete(job)
}

/** Kills the jobs that live and die with this process. The ids of these, and of those that are being cleared away. */
export function endJobs(store: Store): string[] {
  const ending: string[] = []
  for (const job of running.get(store) ?? []) {
    if (!job.ended && !job.end) continue
    if (!job.ended) job.end?.()
    ending.push(job.id)
  }
  return ending
}
