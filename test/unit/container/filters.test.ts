import { describe, expect, it } from 'vitest'
import { asksForStopped, compileContainerFilters, type ContainerFilters, type FilterContext } from '../../../lib/container/filters.js'
import type { ContainerInfo } from '../../../lib/container/types.js'

const info = (more: Partial<ContainerInfo> = {}): ContainerInfo => ({
  id: 'abcd'.repeat(16),
  name: 'web_1',
  image: 'nginx',
  imageId: 'sha256:1',
  command: ['nginx'],
  createdAt: new Date(1000),
  labels: { app: 'web', empty: '' },
  status: 'running',
  exitCode: null,
  health: 'none',
  pid: 1,
  startedAt: null,
  finishedAt: null,
  restartCount: 0,
  oomKilled: false,
  error: '',
  spec: { image: 'nginx', mounts: [{ type: 'bind', source: '/srv', target: '/data' }] },
  ...more,
})

const context: FilterContext = {
  find: (reference) => (reference === 'other' ? { createdAt: new Date(2000) } : undefined),
  isImage: (one, reference) => one.image === reference,
}
const fits = (filters: ContainerFilters, one = info()) => compileContainerFilters(filters, context)(one)

describe('container filters', () => {
  it('by identity', () => {
    expect(fits({ id: 'abcd' })).toBe(true)
    expect(fits({ id: 'bcda' })).toBe(false)
    expect(fits({ name: 'eb' })).toBe(true)
    expect(fits({ name: '^/web_\\d$' })).toBe(true)
    expect(fits({ name: '^web$' })).toBe(false)
    expect(fits({ name: '[' })).toBe(false)
    expect(fits({ ancestor: ['redis', 'nginx'] })).toBe(true)
  })

  it('by labels, all of which must fit', () => {
    expect(fits({ label: 'app' })).toBe(true)
    expect(fits({ label: ['app=web', 'empty='] })).toBe(true)
    expect(fits({ label: ['app=web', 'app=db'] })).toBe(false)
    expect(fits({ label: 'toString' })).toBe(false)
  })

  it('by state', () => {
    expect(fits({ status: ['exited', 'running'] })).toBe(true)
    expect(fits({ exited: 0 }, info({ status: 'exited', exitCode: 0 }))).toBe(true)
    expect(fits({ exited: '0' }, info({ status: 'running', exitCode: 0 }))).toBe(false)
    expect(fits({ health: 'healthy' }, info({ health: 'healthy' }))).toBe(true)
  })

  it('by others, network and mounts', () => {
    expect(fits({ before: 'other' })).toBe(true)
    expect(fits({ since: 'other' })).toBe(false)
    expect(fits({ network: 'none' })).toBe(true)
    expect(fits({ volume: '/data' })).toBe(true)
    expect(fits({ volume: '/srv' })).toBe(true)
    expect(fits({ volume: '/' })).toBe(false)
  })

  it('refuses what makes no sense, also when nothing is there to try it on', () => {
    for (const filters of [{ colour: 'red' }, { status: 'asleep' }, { health: 'fine' }, { exited: 'no' }]) {
      expect(() => compileContainerFilters(filters as ContainerFilters, context)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }) as Error)
    }
    expect(() => compileContainerFilters({ before: 'nobody' }, context)).toThrow(expect.objectContaining({ code: 'ERR_CONTAINER_NOT_FOUND' }) as Error)
    expect(() => compileContainerFilters({ __proto__: 'x', constructor: 'y' } as never, context)).toThrow()
  })

  it('knows which ask for stopped containers', () => {
    expect(asksForStopped({ status: 'exited' })).toBe(true)
    expect(asksForStopped({ exited: 1 })).toBe(true)
    expect(asksForStopped({ name: 'x' })).toBe(false)
  })
})
