import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { containerInfo } from '../../../../lib/container/disk/info.js'
import { type ContainerRecord, readRecord, requireRecord, writeFirstRecord } from '../../../../lib/container/disk/record.js'
import { RunDirectory } from '../../../../lib/container/disk/run-directory.js'
import { currentState, readState, statePath, writeState } from '../../../../lib/container/disk/state.js'
import { openStore, type Store } from '../../../../lib/store/index.js'

const id = 'c0'.repeat(32)
const record: ContainerRecord = {
  version: 1, id, name: '', createdAt: 5, image: 'bb', imageId: 'sha256:0', command: ['true'], labels: {}, spec: { image: 'bb' }, lifetime: 'detached', autoRemove: false,
  restart: { policy: 'no', maximum: 0 }, streams: 'pumped', hasHealth: false, layer: 'disk',
}

let base: string
let store: Store
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'gantry-state-'))
  store = openStore({ root: join(base, 'root'), runRoot: join(base, 'run') })
  mkdirSync(store.containerDirectory(id))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe('the state of a container', () => {
  it('is created without state.json', () => {
    expect(currentState(store, id)).toMatchObject({ status: 'created', stale: false })
  })

  it('is exited with an unknown code when it says running and nobody monitors it', () => {
    writeState(store, id, { ...readState(store, id), status: 'running', pid: 12345, startedAtNs: '1763769162123456789' })
    expect(currentState(store, id)).toMatchObject({ status: 'exited', exitCode: -1, pid: 0, stale: true })
    expect(containerInfo(store, record)).toMatchObject({ status: 'exited', exitCode: null, startedAt: new Date(1763769162123), finishedAt: null })
  })

  it('is what it says while somebody holds the run directory', () => {
    writeState(store, id, { ...readState(store, id), status: 'paused', pid: 12345 })
    const run = RunDirectory.claim(store, id)!
    expect(currentState(store, id)).toMatchObject({ status: 'paused', stale: false })
    expect(RunDirectory.claim(store, id)).toBeUndefined()
    run.release()
    run.release()
    expect(currentState(store, id).stale).toBe(true)
  })

  it('is exited when the file is torn', () => {
    writeFileSync(statePath(store, id), '{"version":1,"sta')
    expect(currentState(store, id)).toMatchObject({ status: 'exited', exitCode: -1 })
  })
})

describe('the record of a container', () => {
  it('is read as it was written, once', () => {
    writeFirstRecord(store, record)
    expect(readRecord(store, id)).toEqual(record)
    expect(() => writeFirstRecord(store, record)).toThrow(expect.objectContaining({ code: 'ERR_IO' }) as Error)
    expect(containerInfo(store, record)).toMatchObject({ name: id.slice(0, 12), status: 'created', exitCode: null })
  })

  it('is no record when it is missing, torn or of another', () => {
    expect(readRecord(store, id)).toBeUndefined()
    expect(() => requireRecord(store, id)).toThrow(expect.objectContaining({ code: 'ERR_CONTAINER_NOT_FOUND' }) as Error)
    for (const text of ['', '{"version":1', JSON.stringify({ ...record, id: 'other' }), JSON.stringify({ ...record, version: 2 })]) {
      writeFileSync(join(store.containerDirectory(id), 'config.json'), text)
      expect(readRecord(store, id)).toBeUndefined()
    }
  })
})
