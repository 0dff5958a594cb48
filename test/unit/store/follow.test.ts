import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, openSync, readdirSync, readlinkSync, renameSync, writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatEvent, type JournalEvent } from '../../../lib/store/journal/event.js'
import { Journal } from '../../../lib/store/journal/journal.js'
import { scratch } from './scratch.js'

const event = (id: string) => ({ type: 'container', action: 'start', id })

/** Descriptors of this process that lead into a directory. */
function descriptorsIn(path: string): number {
  const leadsThere = (descriptor: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(path)
    } catch {
      return false // The one that listed the directory.
    }
  }
  return readdirSync('/proc/self/fd').filter(leadsThere).length
}

async function take(events: AsyncIterable<JournalEvent>, count: number): Promise<string[]> {
  const ids: string[] = []
  if (count === 0) return ids
  for await (const { id } of events) {
    ids.push(id)
    if (ids.length === count) break
  }
  return ids
}

test('from now on, not before, and nothing between the call and the first look is lost', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  journal.append(event('old'))
  const following = journal.follow()
  journal.append(event('new'))
  const taken = take(following, 2)
  setTimeout(() => journal.append(event('newer')), 20)
  expect(await taken).toEqual(['new', 'newer'])
})

test('with since the past comes first, and each event once', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  for (const id of ['a', 'b']) journal.append(event(id))
  const taken = take(journal.follow({ since: '1h', filters: { event: 'start' } }), 4)
  setTimeout(() => journal.append({ type: 'container', action: 'die', id: 'not' }), 5)
  for (const [index, id] of ['c', 'd'].entries()) setTimeout(() => journal.append(event(id)), 10 + index * 10)
  expect(await taken).toEqual(['a', 'b', 'c', 'd'])
})

test('a journal that does not exist yet is followed from its beginning', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  const taken = take(journal.follow(), 1)
  setTimeout(() => journal.append(event('first')), 20)
  expect(await taken).toEqual(['first'])
})

test('across many rotations and processes: no gap, nothing twice', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path, { rotationSize: 16 * 1024 })
  const following = journal.follow()
  const taken = take(following, 900)
  // Two other processes, which append as the monitors do, while this one appends and rotates.
  const script = `const fs=require('fs');const [path,tag]=process.argv.slice(1);let i=0;
    const line=(id)=>JSON.stringify({timeNs:String(Date.now())+'000000',type:'container',action:'start',id,attributes:{}})+'\\n';
    const tick=()=>{for(let n=0;n<5;n++){fs.appendFileSync(path,line(tag+i++))} if(i<300)setTimeout(tick,2)};tick()`
  const writers = ['x', 'y'].map((tag) => spawn(process.execPath, ['-e', script, journal.path, tag], { stdio: 'inherit' }))
  for (let index = 0; index < 300; index++) {
    journal.append(event(`z${index}`))
    if (index % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 3))
  }
  await Promise.all(writers.map((writer) => once(writer, 'exit')))
  const ids = await taken
  expect(new Set(ids).size).toBe(900)
  for (const tag of ['x', 'y', 'z']) {
    const own = ids.filter((id) => id.startsWith(tag)).map((id) => Number(id.slice(1)))
    expect(own.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index))
  }
  journal.close()
  expect(descriptorsIn(directory.path)).toBe(0)
}, 30_000)

test('what is appended late to the file that was set aside is seen', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  journal.append(event('old'))
  const late = openSync(journal.path, 'a')
  const taken = take(journal.follow(), 3)
  await new Promise((resolve) => setTimeout(resolve, 20))
  renameSync(journal.path, `${directory.path}/journal.1`)
  journal.append(event('new'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  writeSync(late, formatEvent(event('late'), 1n))
  closeSync(late)
  journal.append(event('last'))
  expect((await taken).sort()).toEqual(['last', 'late', 'new'])
})

test('half a line waits for its other half', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  const taken = take(journal.follow(), 1)
  const line = formatEvent(event('whole'), 1n)
  appendFileSync(journal.path, line.slice(0, 20))
  await new Promise((resolve) => setTimeout(resolve, 30))
  appendFileSync(journal.path, line.slice(20))
  expect(await taken).toEqual(['whole'])
})

test('a signal, return() and a time that comes end it', async () => {
  using directory = scratch()
  const journal = new Journal(directory.path)
  const controller = new AbortController()
  const aborted = take(journal.follow({ signal: controller.signal }), 1)
  const following = journal.follow()
  const waiting = following.next()
  const ended = take(journal.follow({ until: new Date(Date.now() + 60) }), 1)
  setTimeout(() => controller.abort(), 10)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await following.return!()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await aborted).toEqual([])
  expect(await ended).toEqual([])
  expect(await take(journal.follow({ since: 0, until: 1 }), 1)).toEqual([])
  expect(await take(journal.follow({ signal: AbortSignal.abort() }), 1)).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 20))
  journal.close()
  expect(descriptorsIn(directory.path)).toBe(0)
})
