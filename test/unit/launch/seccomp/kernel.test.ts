/** Our filters in the running kernel: it takes them, they decide as they should, and real programs live under them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type architecture, selectArchitectures, thisMachine } from '../../../../lib/launch/seccomp/architectures.js'
import { compileSeccomp, defaultSeccomp, type SeccompFilter } from '../../../../lib/launch/seccomp.js'
import type { RuntimeSeccomp } from '../../../../lib/oci/index.js'
import { randomDocument } from './random-document.js'
import { buildTool, random, type Tool } from './tool.js'

const EPERM = '-1'
const ENOSYS = '-38'
const EAFNOSUPPORT = '-97'
const EPROTONOSUPPORT = '-93'

let tool: Tool
let directory: string
let filters = 0
beforeAll(() => {
  tool = buildTool('filtered')
  directory = mkdtempSync(join(tmpdir(), 'gantry-test-'))
})
afterAll(() => {
  tool[Symbol.dispose]()
  rmSync(directory, { recursive: true, force: true })
})

const native = selectArchitectures(thisMachine())[0] as ReturnType<typeof architecture>
const sandbox = defaultSeccomp({ isolation: 'sandbox', capabilities: ['CHOWN', 'KILL'] })

function save({ filter }: SeccompFilter): string {
  const path = join(directory, `${filters++}`)
  writeFileSync(path, filter)
  return path
}

/** Results of calls under a filter. A call is a name, or a number, and arguments. */
function results(
  document: RuntimeSeccomp,
  calls: readonly (readonly [string | number, ...(number | string)[]])[],
): string[] {
  const compiled = compileSeccomp(document)
  const words = calls.map(([name, ...args]) =>
    [typeof name === 'number' ? name : native.numbers.get(name), ...args].join(),
  )
  const output = execFileSync(tool.path, [save(compiled), String(compiled.flags), ...words], { encoding: 'utf8' })
  return output.trim().split('\n')
}

function runs(
  document: RuntimeSeccomp,
  command: readonly string[],
  input = '',
): { stdout: string; stderr: string; status: number | null } {
  const compiled = compileSeccomp(document)
  return spawnSync(tool.path, [save(compiled), String(compiled.flags), '--', ...command], {
    encoding: 'utf8',
    input,
    cwd: directory,
  })
}

describe('the kernel', () => {
  it('takes every filter that the compiler makes', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const document = {
        ...randomDocument(random(seed), [native.name], 'wild'),
        defaultAction: 'SCMP_ACT_ALLOW' as const,
      }
      const harmless = {
        ...document,
        syscalls: document.syscalls?.map((rule) => ({ ...rule, action: 'SCMP_ACT_LOG' as const })),
      }
      expect(results(harmless, [['getppid']])).toEqual(['0'])
    }
  })

  it('does what the sandbox document says', () => {
    const UNIX = 1
    const STREAM = 1
    expect(
      results(sandbox, [
        ['getpid'],
        ['socket', UNIX, STREAM, 0],
        ['socket', 2, STREAM, 0],
        ['socket', 10, STREAM, 0],
        ['socket', 16, 3, 0],
      ]),
    ).toEqual(['0', '0', '0', '0', '0'])
    expect(
      results(sandbox, [
        ['socket', 16, 3, 9],
        ['socket', 38, 5, 0],
        ['socket', 40, 1, 0],
        ['socket', 17, 3, 0],
        ['socket', '0x100000001', STREAM, 0],
        ['socketpair', 30, STREAM, 0],
      ]),
    ).toEqual([EPROTONOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EPERM])
    expect(
      results(sandbox, [
        ['clone3', 0, 0],
        ['io_uring_setup', 1, 0],
        ['listns', 0, 0, 0, 0],
        [472],
        [5000],
        ['fchmodat2', -100, 0, 0, 0],
      ]),
    ).toEqual([ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, '-14'])
    expect(
      results(sandbox, [
        ['unshare', 0x1000_0000],
        ['clone', '0x10000011'],
        ['clone', '0x20011'],
        ['mount', 0, 0, 0, 0, 0],
        ['ptrace', 0, 0, 0, 0],
        ['bpf', 0, 0, 0],
        ['perf_event_open', 0, 0, 0, 0, 0],
        ['keyctl', 0],
        ['userfaultfd', 0],
        ['chroot', 0],
        ['kexec_load', 0],
        ['ioctl', 0, 0x5412, 0],
        ['ioctl', 0, '0x100005412', 0],
        ['ioctl', 0, 0x541c, 0],
        ['personality', 0x0040_0000],
      ]),
    ).toEqual(Array.from({ length: 15 }, () => EPERM))
    expect(
      results(sandbox, [
        ['personality', '0xffffffff'],
        ['ioctl', -1, 0x5413, 0],
      ]),
    ).toEqual(['0', '-9'])
  })

  it('kills for KILL, and gives back the errno of a rule', () => {
    const document: RuntimeSeccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        { names: ['getppid'], action: 'SCMP_ACT_KILL_PROCESS' },
        { names: ['umask'], action: 'SCMP_ACT_ERRNO', errnoRet: 77 },
        { names: ['dup'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, op: 'SCMP_CMP_GE', value: '4294967296' }] },
      ],
    }
    expect(results(document, [['getppid'], ['umask', 0], ['dup', 1], ['dup', '0x100000001']])).toEqual([
      'signal 31',
      '-77',
      '0',
      EPERM,
    ])
  })
})

describe('under the sandbox document', () => {
  it('a shell pipeline runs', () => {
    expect(
      runs(sandbox, [
        'bash',
        '-c',
        'set -e; (echo b; echo a) | sort | tee x >/dev/null; cat < x; kill -0 $$; ulimit -n >/dev/null',
      ]),
    ).toMatchObject({
      stdout: 'a\nb\n',
      stderr: '',
      status: 0,
    })
  })

  it('Node runs with threads, children, sockets and timers', () => {
    const program = `
      const { Worker } = require('node:worker_threads'), net = require('node:net'), fs = require('node:fs'), dns = require('node:dns')
      const { execFileSync } = require('node:child_process')
      const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1', () => {
        net.connect(server.address().port, '127.0.0.1').on('data', (data) => {
          new Worker('require("node:worker_threads").parentPort.postMessage(1)', { eval: true }).on('message', () => {
            fs.promises.cp(process.execPath, 'copy', { mode: fs.constants.COPYFILE_FICLONE }).then(() => fs.promises.rm('copy')).then(() => {
              dns.lookup('localhost', () => { console.log(String(data), execFileSync('echo', ['child']).toString().trim()); server.close() })
            })
          })
        })
      })`
    expect(runs(sandbox, [process.execPath, '-e', program])).toMatchObject({
      stdout: 'hello child\n',
      stderr: '',
      status: 0,
    })
  })

  it('a compiler runs, and what it made, with threads', () => {
    const program =
      '#include <pthread.h>\n#include <stdio.h>\nstatic void *work(void *p) { puts("thread"); return p; }\n' +
      'int main(void) { pthread_t t; return pthread_create(&t, 0, work, 0) || pthread_join(t, 0); }\n'
    writeFileSync(join(directory, 'program.c'), program)
    expect(runs(sandbox, ['cc', '-O1', '-pthread', '-o', 'program', 'program.c'])).toMatchObject({
      stderr: '',
      status: 0,
    })
    expect(runs(sandbox, ['./program'])).toMatchObject({ stdout: 'thread\n', status: 0 })
  })

  it('a 32-bit call by int 0x80 kills', () => {
    if (thisMachine() !== 'x64') return
    const program = 'int main(void) { long r = 20; __asm__ volatile("int $0x80" : "+a"(r)); return r > 0 ? 0 : 9; }\n'
    writeFileSync(join(directory, 'old.c'), program)
    execFileSync('cc', ['-o', join(directory, 'old'), join(directory, 'old.c')])
    expect(spawnSync(join(directory, 'old')).status).toBe(0)
    expect(runs(sandbox, ['./old'])).toMatchObject({ signal: 'SIGSYS' })
    const both = defaultSeccomp({ isolation: 'compat', capabilities: [], thirtyTwoBit: true })
    expect(runs(both, ['./old'])).toMatchObject({ status: 0 })
  })
})
