/** What closing an engine means for the containers that it has started. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../../store/index.js'
import { readRecord } from '../disk/record.js'
import { endJobs } from '../job/running.js'
import { recoveryOf } from '../recover.js'
import { closeLinks } from './link.js'
import { runtimeOf } from './start.js'
import { monitorGone } from './wait.js'

/**
 * Ends what lives with this process, and resolves when nothing of that, nor of the jobs that have given their result, is at work any more: by then the
 * roots can be deleted. It does not wait longer than that many milliseconds.
 */
export async function leaveContainers(store: Store, withinMs = 5000): Promise<void> {
  const ending = endJobs(store)
  for (const [id, client] of closeLinks(store)) if (runtimeOf(client) && readRecord(store, id)?.lifetime === 'process') ending.push(id)
  const over = new AbortController()
  const { signal } = over
  const all = Promise.all([recoveryOf(store), ...ending.map((id) => monitorGone(store, id, signal))])
  all.catch(() => {})
  await Promise.race([all, pause(withinMs, undefined, { signal }).catch(() => {})])
  over.abort()
}
