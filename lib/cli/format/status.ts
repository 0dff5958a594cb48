import type { ContainerInfo } from '../../container/types.js'
import { humanDuration } from './time.js'

type Facts = Pick<ContainerInfo, 'status' | 'health' | 'exitCode' | 'startedAt' | 'finishedAt'>

/** The STATUS column of ps: 'Up 3 minutes (healthy)', 'Exited (0) 2 hours ago'. */
export function statusText(info: Facts, now: number = Date.now()): string {
  const since = (time: Date | null) => humanDuration(now - (time?.getTime() ?? now))
  // A monitor that died took the code with it; docker's clients know 255 for that.
  const code = info.exitCode ?? 255
  switch (info.status) {
    case 'running':
      return `Up ${since(info.startedAt)}${healthText(info.health)}`
    case 'paused':
      return `Up ${since(info.startedAt)} (Paused)`
    case 'restarting':
      return `Restarting (${code}) ${since(info.finishedAt)} ago`
    case 'removing':
      return 'Removal In Progress'
    case 'dead':
      return 'Dead'
    case 'created':
      return 'Created'
    default:
      return info.finishedAt ? `Exited (${code}) ${since(info.finishedAt)} ago` : ''
  }
}

function healthText(health: Facts['health']): string {
  if (health === 'none') return ''
  return health === 'starting' ? ' (health: starting)' : ` (${health})`
}
