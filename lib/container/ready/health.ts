import { GantryError } from '../../errors/index.js'
import { poll } from './poll.js'
import type { Observed, Strategy } from './strategy.js'

/** The container's own health check says healthy. Unhealthy is an error at once. */
export class HealthStrategy implements Strategy {
  readonly description = 'the health check to say healthy'

  async wait(container: Observed, signal: AbortSignal): Promise<void> {
    await poll(async () => {
      const { health, spec } = await container.inspect()
      if (health === 'unhealthy') throw new GantryError('ERR_NOT_READY', 'The container is unhealthy', { id: container.id, hint: 'its health log (inspect) shows what the probes printed' })
      if (health === 'none' && spec.healthcheck === false) {
        throw new GantryError('ERR_INVALID_OPTION', 'ready: { health: true } needs a health check, and healthcheck is false', { id: container.id })
      }
      return health === 'healthy'
    }, signal)
  }
}
