import { type ChildProcess, spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clockTime, elapsedTime, startTime } from '../../../../lib/container/stats/clock.js'
import { parseTopArguments, topOf } from '../../../../lib/container/stats/index.js'

let child: ChildProcess

beforeAll(() => {
  child = spawn('/bin/sleep', ['1000'], { argv0: 'odd) name\u001b[2J', stdio: 'ignore' })
})
afterAll(() => {
  child.kill('SIGKILL')
})

test('the default columns are those of docker top', () => {
  const top = topOf([child.pid!])
  expect(top.titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'])
  const row = top.processes[0]!
  expect(row[0]).toBe('root')
  expect(row[1]).toBe(String(child.pid))
  expect(row[2]).toBe(String(process.pid))
  expect(row[4]).toMatch(/^\d\d:\d\d$/)
  expect(row[6]).toBe('00:00:00')
  expect(row[7]).toBe('odd) name?[2J 1000')
})

test('columns by name, with a title of one own', () => {
  const top = topOf([child.pid!], ['pid', 'USER', 'comm', 'rss', 'vsz', 'stat', 'nlwp=N', 'etime'])
  expect(top.titles).toEqual(['PID', 'USER', 'COMMAND', 'RSS', 'VSZ', 'STAT', 'N', 'ELAPSED'])
  const row = top.processes[0]!
  expect(row[1]).toBe('root')
  expect(row[2]).toBe('sleep')
  expect(Number(row[3])).toBeGreaterThan(0)
  expect(row[5]).toMatch(/^S/)
  expect(row[6]).toBe('1')
  expect(row[7]).toMatch(/^\d\d:\d\d$/)
})

test('processes that have ended are left out', () => {
  expect(topOf([2 ** 22 + 1]).processes).toEqual([])
})

test('an unknown column is an error that names the known ones', () => {
  expect(() => topOf([1], ['nonsense'])).toThrow(/no column 'nonsense'\n {2}hint: the columns are pid, /)
  expect(() => topOf([1], ['constructor'])).toThrow(/no column/)
})

test('arguments of ps', () => {
  expect(parseTopArguments([])).toBeUndefined()
  expect(parseTopArguments(['-ef'])).toBeUndefined()
  expect(parseTopArguments(['-o', 'pid,cmd'])).toEqual(['pid', 'cmd'])
  expect(parseTopArguments(['-eo', 'pid', '-o', 'rss'])).toEqual(['pid', 'rss'])
  expect(parseTopArguments(['-opid'])).toEqual(['pid'])
  expect(() => parseTopArguments(['--forest'])).toThrow(/'--forest' is not supported/)
})

test('times as ps writes them', () => {
  expect(clockTime(3725)).toBe('01:02:05')
  expect(clockTime(90_000)).toBe('01-01:00:00')
  expect(elapsedTime(65)).toBe('01:05')
  expect(elapsedTime(3725)).toBe('01:02:05')
  const now = new Date(2026, 5, 15, 12, 0).getTime()
  expect(startTime(now - 3_600_000, now)).toBe('11:00')
  expect(startTime(new Date(2026, 0, 2).getTime(), now)).toBe('Jan02')
  expect(startTime(new Date(2025, 0, 2).getTime(), now)).toBe('2025')
})
