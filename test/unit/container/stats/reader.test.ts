import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { containerPids, measureStats, StatsReader, statsOf, watchStats } from '../../../../lib/container/stats/index.js'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
})

/** A directory with the files of one cgroup, as another kernel would show them. */
function recorded(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-stats-'))
  undo.push(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

const psi = (some: number, total: number): string =>
  `some avg10=${some} avg60=0.10 avg300=0.00 total=${total}\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=7\n`

test('a container without cgroups has zeros and nulls', () => {
  const stats = statsOf({ cgroups: {}, pid: 0 })
  expect(stats.cpu).toMatchObject({ usageUs: 0, percent: 0 })
  expect(stats.memory).toMatchObject({ usageBytes: 0, limitBytes: totalmem(), percent: 0 })
  expect(stats.pids).toEqual({ current: 0, limit: null })
  expect(stats.network).toEqual({})
  expect(stats.blockIo).toEqual({ readBytes: 0, writeBytes: 0, reads: 0, writes: 0 })
  expect(stats.pressure).toEqual({ cpu: null, memory: null, io: null })
  expect(stats.cpu.onlineCpus).toBe(Number(execFileSync('nproc', ['--all'], { encoding: 'utf8' })))
})

test('cgroup v2', () => {
  const unified = recorded({
    'cpu.stat': 'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 1\nnr_throttled 1\nthrottled_usec 42\n',
    'memory.current': '1000000\n',
    'memory.max': '4000000\n',
    'memory.peak': '1500000\n',
    'memory.stat': 'anon 600000\nfile 300000\nkernel 5\ninactive_file 200000\n',
    'memory.events': 'low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\n',
    'pids.current': '7\n',
    'pids.max': 'max\n',
    'io.stat':
      '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=6 rios=3 wios=4 dbytes=0 dios=0\n',
    'cpu.pressure': psi(1.25, 99),
    'memory.pressure': psi(0, 0),
  })
  const stats = statsOf({ cgroups: { unified }, pid: 0 })
  expect(stats.cpu).toMatchObject({ usageUs: 5000, userUs: 3000, systemUs: 2000, throttledUs: 42 })
  expect(stats.memory).toEqual({
    usageBytes: 800000,
    limitBytes: 4000000,
    percent: 20,
    rssBytes: 600000,
    cacheBytes: 300000,
    peakBytes: 1500000,
    oomKills: 1,
  })
  expect(stats.pids).toEqual({ current: 7, limit: null })
  expect(stats.blockIo).toEqual({ readBytes: 15, writeBytes: 26, reads: 4, writes: 6 })
  expect(stats.pressure).toEqual({
    cpu: { some10: 1.25, full10: 0.5, totalUs: 99 },
    memory: { some10: 0, full10: 0.5, totalUs: 0 },
    io: null,
  })
})

test('hybrid: counters from v1, pressure from the unified tree', () => {
  const cgroups = {
    cpu: recorded({ 'cpu.stat': 'nr_periods 3\nnr_throttled 1\nthrottled_time 9000\n' }),
    cpuacct: recorded({
      'cpuacct.usage': '7000000\n',
      'cpuacct.usage_user': '4000000\n',
      'cpuacct.usage_sys': '3000000\n',
    }),
    memory: recorded({
      'memory.usage_in_bytes': '1000\n',
      'memory.max_usage_in_bytes': '1200\n',
      'memory.stat':
        'inactive_file 1\nhierarchical_memory_limit 2000\ntotal_cache 300\ntotal_rss 600\ntotal_inactive_file 250\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n',
    }),
    pids: recorded({ 'pids.current': '2\n', 'pids.max': '64\n' }),
    blkio: recorded({
      'blkio.throttle.io_service_bytes_recursive':
        '8:0 Read 100\n8:0 Write 50\n8:0 Sync 150\n8:0 Total 150\n8:16 Read 1\nTotal 151\n',
      'blkio.throttle.io_serviced_recursive': '8:0 Read 3\n8:0 Write 2\nTotal 5\n',
    }),
    unified: recorded({ 'cpu.stat': 'usage_usec 1\n', 'cpu.pressure': psi(2, 3) }),
  }
  const stats = statsOf({ cgroups, pid: 0 })
  expect(stats.cpu).toMatchObject({ usageUs: 7000, userUs: 4000, systemUs: 3000, throttledUs: 9 })
  expect(stats.memory).toEqual({
    usageBytes: 750,
    limitBytes: 2000,
    percent: 37.5,
    rssBytes: 600,
    cacheBytes: 300,
    peakBytes: 1200,
    oomKills: 4,
  })
  expect(stats.pids).toEqual({ current: 2, limit: 64 })
  expect(stats.blockIo).toEqual({ readBytes: 101, writeBytes: 50, reads: 3, writes: 2 })
  expect(stats.pressure.cpu).toEqual({ some10: 2, full10: 0.5, totalUs: 3 })
})

/** A real process in real cgroups of this machine, made for this test. */
function inRealCgroups(command: string): { cgroups: Record<string, string>; pid: number } {
  const name = `gantry-test-stats-${process.pid}-${undo.length}`
  const cgroups: Record<string, string> = {}
  for (const controller of ['cpu', 'cpuacct', 'memory', 'pids', 'blkio', 'unified']) {
    const parent =
      controller === 'unified' && existsSync('/sys/fs/cgroup/cgroup.controllers')
        ? '/sys/fs/cgroup'
        : `/sys/fs/cgroup/${controller}`
    if (!existsSync(join(parent, 'cgroup.procs'))) continue
    cgroups[controller] = join(parent, name)
    mkdirSync(cgroups[controller]!)
    undo.push(() => rmdirSync(cgroups[controller]!))
  }
  const enter = Object.values(cgroups)
    .map((path) => `echo 0 > ${path}/cgroup.procs`)
    .join('; ')
  const child = spawn('/bin/sh', ['-c', `${enter}; exec ${command}`], { stdio: 'ignore' })
  undo.push(() => {
    child.kill('SIGKILL')
    for (const path of Object.values(cgroups)) {
      const deadline = Date.now() + 5000
      while (containerPids({ cgroups: { unified: path } }).length > 0 && Date.now() < deadline)
        execFileSync('sleep', ['0.01'])
    }
  })
  return { cgroups, pid: child.pid! }
}

test('a busy process of this machine uses a processor; its pid, memory and interfaces are seen', async () => {
  const source = inRealCgroups("sh -c 'while :; do :; done'")
  await expect.poll(() => containerPids(source)).toContain(source.pid)
  const stats = await measureStats(source, { intervalMs: 500 })
  expect(stats.cpu.percent).toBeGreaterThan(1)
  expect(stats.cpu.percent).toBeLessThan(130)
  expect(stats.cpu.usageUs).toBeGreaterThan(0)
  expect(stats.pids.current).toBeGreaterThan(0)
  expect(stats.memory.usageBytes).toBeGreaterThan(0)
  expect(Object.keys(stats.network)).not.toContain('lo')
})

test('the stream has one sample at once and ends with the container', async () => {
  let alive = 3
  const samples = []
  for await (const sample of watchStats({ cgroups: {}, pid: 0 }, { intervalMs: 5, alive: () => alive-- > 0 }))
    samples.push(sample)
  expect(samples.length).toBe(3)
  expect(samples[0]!.cpu.percent).toBe(0)
})

test('a signal ends the stream', async () => {
  const controller = new AbortController()
  const stream = watchStats({ cgroups: {}, pid: 0 }, { intervalMs: 60_000, signal: controller.signal })
  await stream.next()
  const next = stream.next()
  controller.abort()
  await expect(next).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  await expect(watchStats({ cgroups: {}, pid: 0 }, { intervalMs: 0 }).next()).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
  })
})

test('percent never becomes negative when a counter goes back', () => {
  const directory = recorded({ 'cpu.stat': 'usage_usec 500000\n' })
  const reader = new StatsReader({ cgroups: { unified: directory }, pid: 0 })
  reader.read()
  writeFileSync(join(directory, 'cpu.stat'), 'usage_usec 5\n')
  expect(reader.read().cpu.percent).toBe(0)
})
