/** Docker's filters of containers. */
import { GantryError } from '../errors/index.js'
import type { ContainerInfo } from './types.js'

type Values = string | number | boolean | readonly (string | number)[]

/** Values of one key are alternatives (labels must all fit); all keys must fit. */
export interface ContainerFilters {
  /** The beginning of an id. */ id?: Values
  /** A part of a name, or a regular expression. */ name?: Values
  /** 'key' or 'key=value'. */ label?: Values
  /** created, running, paused, restarting, exited, dead, removing. */ status?: Values
  /** Exit codes. */ exited?: Values
  /** An image by name or id. */ ancestor?: Values
  /** none, starting, healthy, unhealthy. */ health?: Values
  /** Made before this container. */ before?: Values
  /** Made after this container. */ since?: Values
  /** 'none', 'host' or 'container:<id>'. */ network?: Values
  /** A mount by its target or source. */ volume?: Values
}

export interface FilterContext {
  /** The container that a filter's value means. */
  find(reference: string): { createdAt: Date } | undefined
  /** Whether an image's name or id means the image of a container. */
  isImage(info: ContainerInfo, reference: string): boolean
}

type Test = (info: ContainerInfo, value: string, context: FilterContext) => boolean

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']
const healths = ['none', 'starting', 'healthy', 'unhealthy']

const tests: Record<keyof ContainerFilters, Test> = {
  id: (info, value) => info.id.startsWith(value),
  name: (info, value) => nameFits(info.name, value),
  label: (info, value) => labelFits(info.labels, value),
  status: (info, value) => info.status === oneOf('status', value, statuses),
  exited: (info, value) => info.status === 'exited' && info.exitCode === exitCode(value),
  ancestor: (info, value, context) => context.isImage(info, value),
  health: (info, value) => info.health === oneOf('health', value, healths),
  before: (info, value, context) => info.createdAt < reference(context, 'before', value),
  since: (info, value, context) => info.createdAt > reference(context, 'since', value),
  network: (info, value) => (info.spec.network ?? 'none') === value,
  volume: (info, value) => (info.spec.mounts ?? []).some((mount) => mount.target === value || (mount.type === 'bind' && mount.source === value)),
}

/** One test out of all filters; ERR_INVALID_OPTION for one that does not exist or has a wrong value. */
export function compileContainerFilters(filters: ContainerFilters, context: FilterContext): (info: ContainerInfo) => boolean {
  const all: ((info: ContainerInfo) => boolean)[] = []
  for (const [key, given] of Object.entries(filters)) {
    if (given === undefined) continue
    if (!Object.hasOwn(tests, key)) {
      throw new GantryError('ERR_INVALID_OPTION', `There is no filter ${JSON.stringify(key)} of containers`, { hint: `the filters are ${Object.keys(tests).join(', ')}` })
    }
    const name = key as keyof ContainerFilters
    const values = [given].flat().map(String)
    if (values.length === 0) continue
    for (const value of values) check(name, value, context)
    all.push(name === 'label' ? (info) => values.every((value) => tests.label(info, value, context)) : (info) => values.some((value) => tests[name](info, value, context)))
  }
  return (info) => all.every((test) => test(info))
}

/** Whether the filters ask for containers that do not run, which a list shows only with `all`. */
export function asksForStopped(filters: ContainerFilters): boolean {
  return filters.status !== undefined || filters.exited !== undefined
}

/** A wrong value is an error also when there is no container to try it on. */
function check(name: keyof ContainerFilters, value: string, context: FilterContext): void {
  if (name === 'status') oneOf(name, value, statuses)
  else if (name === 'health') oneOf(name, value, healths)
  else if (name === 'exited') exitCode(value)
  else if (name === 'before' || name === 'since') reference(context, name, value)
}

function oneOf(key: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value
  throw new GantryError('ERR_INVALID_OPTION', `The filter ${key} cannot be ${JSON.stringify(value)}`, { hint: `it is one of ${known.join(', ')}` })
}

function exitCode(value: string): number {
  if (/^\d{1,3}$/.test(value)) return Number(value)
  throw new GantryError('ERR_INVALID_OPTION', `The filter exited takes an exit code, not ${JSON.stringify(value)}`)
}

function reference(context: FilterContext, key: string, value: string): Date {
  const found = context.find(value)
  if (found) return found.createdAt
  throw new GantryError('ERR_CONTAINER_NOT_FOUND', `The filter ${key} names the container ${value}, which there is not`)
}

function nameFits(name: string, value: string): boolean {
  const plain = value.startsWith('/') ? value.slice(1) : value
  if (name.includes(plain)) return true
  try {
    const pattern = new RegExp(value)
    return pattern.test(name) || pattern.test(`/${name}`)
  } catch {
    return false
  }
}

function labelFits(labels: Record<string, string>, value: string): boolean {
  const equals = value.indexOf('=')
  if (equals < 0) return Object.hasOwn(labels, value)
  const key = value.slice(0, equals)
  return Object.hasOwn(labels, key) && labels[key] === value.slice(equals + 1)
}
