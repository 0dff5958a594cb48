/** The health check of a container. */
import { z } from 'zod'
import type { HealthCheck } from '../types.js'
import { readDuration, wholeNumberField } from './quantities.js'
import { field, list, type Reader, Refusal, shown, strict, text } from './refusal.js'

/** Times are milliseconds; what is absent is the image's, or Docker's default. */
export interface NormalisedHealthCheck {
  command?: string[] | string
  interval?: number
  timeout?: number
  retries?: number
  startPeriod?: number
  startInterval?: number
  onUnhealthy: 'none' | 'kill' | 'restart' | 'stop'
}

const readCommand: Reader<string[] | string> = (value) => {
  const command = Array.isArray(value) ? list(text)(value) : text(value)
  if (command.length === 0)
    throw new Refusal(`must be a command, not ${shown(value)}; healthcheck: false turns the image's check off`)
  return command
}

/** Docker's: at least a millisecond, where 0 would mean "inherit". */
const positive: Reader<number> = (value) => {
  const milliseconds = readDuration(value)
  if (milliseconds === 0) throw new Refusal('must be at least 1ms; leave it out for the default')
  return milliseconds
}

const members = strict({
  command: field<string[] | string>(readCommand).optional(),
  interval: field<number | string, number>(positive).optional(),
  timeout: field<number | string, number>(positive).optional(),
  retries: wholeNumberField(1, 1_000_000).optional(),
  startPeriod: field<number | string, number>(readDuration).optional(),
  startInterval: field<number | string, number>(positive).optional(),
  onUnhealthy: z.enum(['none', 'kill', 'restart', 'stop']).default('none'),
})

export const healthCheckSchema = members as unknown as z.ZodType<NormalisedHealthCheck, HealthCheck>
