// System calls of one start, counted by strace: the monitor and its children, and crun with a spec of the same meaning.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, makeRoot } from './ground.js'
import { bundle } from './peers.js'

const JOB = `
import { Engine } from 'gantry'
const [, , root, runRoot, rootfs] = process.argv
const engine = await Engine.open({ root, runRoot })
await engine.Image.import(rootfs, { name: 'bench' })
await engine.run('bench', ['/bin/true'], { isolation: 'compat' })
await engine.close()
`

/** Lines that are calls of the processes from the monitor's first instruction on, without what the program itself did. */
function countMonitor(trace) {
  const lines = trace.split('\n')
  const start = lines.findIndex((line) => /execve.*gantry-monitor/.test(line) && !/= -1/.test(line))
  if (start < 0) throw new Error('the trace shows no monitor')
  const monitor = lines[start].split(' ')[0]
  const family = new Set([monitor])
  let calls = 0
  let allocations = 0
  const done = new Set()
  for (const line of lines.slice(start)) {
    const [pid] = line.split(' ')
    if (!family.has(pid) || done.has(pid)) continue
    if (/\b(brk|mmap)\(/.test(line) && pid !== monitor) allocations += 1
    if (!/resumed>|^\d+ \+\+\+|^\d+ ---/.test(line)) calls += 1
    const born = /clone3?\(.*= (\d+)$/.exec(line) ?? /clone3? resumed.*= (\d+)$/.exec(line)
    if (born) family.add(born[1])
    if (/execve\(.*bin\/true/.test(line)) done.add(pid)
  }
  return { calls, allocations }
}

export async function callsBench() {
  if (!installed('strace')) return console.log('\nstrace is not installed: no count of system calls')
  const base = mkdtempSync(join(tmpdir(), 'gantry-bench-'))
  try {
    const rootfs = makeRoot(join(base, 'rootfs'))
    const job = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, `.calls-${process.pid}.mjs`)
    writeFileSync(job, JOB)
    const trace = join(base, 'trace')
    const ran = spawnSync('strace', ['-f', '-o', trace, '-s', '64', process.execPath, job, join(base, 'root'), join(base, 'run'), rootfs], { encoding: 'utf8' })
    rmSync(job)
    if (ran.status !== 0) throw new Error(ran.stderr)
    const ours = countMonitor(readFileSync(trace, 'utf8'))
    console.log('\nSystem calls of one start (compat, until the program is executed)')
    console.log(`  ${'gantry-monitor'.padEnd(26)}${String(ours.calls).padStart(6)}   allocations after clone: ${ours.allocations}`)
    if (installed('crun')) {
      const directory = bundle(join(base, 'bundle'), rootfs)
      const command = `strace -f -o ${trace} crun --root ${join(base, 'crun')} run --bundle ${directory} calls-${process.pid}`
      // Debian's crun refuses a hybrid machine whose v2 tree has a controller.
      execFileSync('unshare', ['--mount', 'sh', '-c', `${command} || { umount /sys/fs/cgroup/unified && ${command}; }`], { stdio: 'ignore' })
      const calls = readFileSync(trace, 'utf8').split('\n').filter((line) => line && !/resumed>|\+\+\+|---/.test(line)).length
      console.log(`  ${'crun run'.padEnd(26)}${String(calls).padStart(6)}`)
    }
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await callsBench()
