/** What a hostile program finds around itself: rights, calls, limits, and nothing of who started it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ground, openGround } from './ground.js'

let ground: Ground
beforeAll(async () => {
  ground = await openGround()
})
afterAll(() => ground.close())

const run = (command: string[], options: object = {}) => ground.engine.run('hostile', command, options)
const status = async (options: object = {}): Promise<Map<string, string>> => {
  const { stdout } = await run(['cat', '/proc/self/status'], options)
  return new Map(stdout.trim().split('\n').map((line) => line.split(/:\s*/) as [string, string]))
}
const none = '0000000000000000'
const sets = (found: Map<string, string>) => ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => found.get(name))

describe('capabilities, in all five sets', () => {
  // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE; and Docker's fourteen.
  for (const [isolation, held] of [['sandbox', '00000000000005fb'], ['compat', '00000000a80425fb']] as const) {
    it(`${isolation}: of root`, async () => {
      expect(sets(await status({ isolation }))).toEqual([none, held, held, held, none])
    })
    it(`${isolation}: of others`, async () => {
      expect(sets(await status({ isolation, user: 'user' }))).toEqual([none, none, none, held, none])
    })
    it(`${isolation}: of an exec and of a health probe`, async () => {
      const container = await ground.engine.Container.run({
        image: 'hostile',
        isolation,
        command: ['sleep', '1000'],
        healthcheck: { command: ['cat', '/proc/self/status'], interval: 50 },
        ready: { health: true },
      })
      const { stdout } = await container.exec(['grep', '-E', 'Cap|NoNew|Seccomp:', '/proc/self/status'])
      const { stdout: plain } = await container.exec(['grep', 'Cap', '/proc/self/status'], { user: '1000:1000' })
      const state = JSON.parse(readFileSync(join(ground.root, 'containers', container.id, 'state.json'), 'utf8')) as { health: { log: { output: string }[] } }
      await container.remove({ force: true })
      const value = (text: string, name: string) => new RegExp(`${name}:\\s*(\\S+)`).exec(text)?.[1]
      const probe = Buffer.from(state.health.log.at(-1)!.output, 'base64').toString()
      for (const text of [stdout, probe]) {
        expect(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => value(text, name))).toEqual([none, held, held, held, none])
        expect([value(text, 'NoNewPrivs'), value(text, 'Seccomp')]).toEqual([isolation === 'sandbox' ? '1' : '0', '2'])
      }
      expect(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => value(plain, name))).toEqual([none, none, none, held, none])
    })
  }

  it('a setuid program gains nothing under no_new_privs', async () => {
    await ground.image('setuid', (root) => {
      cpSync(join(root, 'attacker'), join(root, 'bin/owned'))
      chmodSync(join(root, 'bin/owned'), 0o4755)
    })
    const as = async (isolation: 'sandbox' | 'compat') => (await ground.engine.run('setuid', ['/bin/owned', 'ids'], { isolation, user: 'user' })).stdout
    expect(await as('sandbox')).toBe('1000 1000\n')
    // Docker's images count on it.
    expect(await as('compat')).toBe('1000 0\n')
  })
})

describe('calls', () => {
  const usual = ['socket-inet']
  it('a sandbox refuses every call that is no business of its', async () => {
    const calls = await ground.attack('calls', { isolation: 'sandbox' })
    expect(calls.size).toBeGreaterThan(45)
    expect([...calls].filter(([name, result]) => result === 'ok' && !usual.includes(name))).toEqual([])
    // Not merely for lack of a right: the filter answers before the kernel looks.
    for (const name of ['unshare-user', 'clone-user', 'keyctl', 'bpf', 'perf_event_open', 'ptrace-1', 'userfaultfd', 'mount', 'tiocsti', 'tiocsti-high']) expect(calls.get(name), name).toBe('EPERM')
    for (const name of ['clone3', 'io_uring_setup']) expect(calls.get(name), name).toBe('ENOSYS')
    for (const name of ['socket-alg', 'socket-vsock']) expect(calls.get(name), name).toBe('EAFNOSUPPORT')
    if (process.arch === 'x64') expect([calls.get('x32'), calls.get('int80')]).toEqual(['ENOSYS', 'SYS'])
  })

  it('compat refuses what Docker refuses, and the newer ways out', async () => {
    const calls = await ground.attack('calls', { isolation: 'compat' })
    // Docker's NET_RAW, SYS_CHROOT and tracing of one's own.
    const more = ['chroot', 'socket-packet', 'socket-raw', 'socket-netfilter', 'modify_ldt', 'process_vm_readv-1', 'ptrace-1', ...usual]
    expect([...calls].filter(([name, result]) => result === 'ok' && !more.includes(name))).toEqual([])
  })
})

describe('the kernel', () => {
  it('has no file below /proc or /sys that a sandbox could write, but the harmless', async () => {
    const { stdout } = await run(['/attacker', 'writable'], { isolation: 'sandbox' })
    expect(stdout.trim().split('\n').filter((path) => !path.startsWith('/proc/pressure/'))).toEqual([])
  })

  it('has no setting that root of compat could change', async () => {
    const { stdout } = await run(['/attacker', 'writable'], { isolation: 'compat' })
    const paths = stdout.trim().split('\n')
    expect(paths.filter((path) => /^\/(sys\/|proc\/(sys\/|irq|bus|fs|sysrq-trigger|acpi|scsi|kcore|keys|timer_list))/.test(path))).toEqual([])
  })

  for (const isolation of ['sandbox', 'compat'] as const) {
    it(`${isolation}: masks what must not be read, and shows a cgroup tree that begins with its own`, async () => {
      const { stdout } = await run(['sh', '-c', 'cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts 2>/dev/null | wc -c; ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -c "[a-z]$"; cut -d: -f3 /proc/self/cgroup | sort -u; echo x > /sys/fs/cgroup/release_agent; busybox find /sys/fs/cgroup -name "release_agent" -exec sh -c "echo /x > {}" \\; ; echo core > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger'], { isolation })
      expect(stdout.split('\n').slice(0, 3).map((line) => line.trim())[0]).toBe('0')
      expect(stdout).toMatch(/\n\/\n$/)
    })
  }
})

describe('nothing is inherited', () => {
  it('but what the options name', async () => {
    const script = join(ground.base, 'heir.mjs')
    const library = join(import.meta.dirname, '../../../dist/index.js')
    writeFileSync(script, `
      import { openSync } from 'node:fs'
      import { Engine } from ${JSON.stringify(library)}
      openSync(${JSON.stringify(join(ground.base, 'canary/file'))}, 'r')
      const engine = await Engine.open({ root: ${JSON.stringify(ground.root)}, runRoot: ${JSON.stringify(ground.runRoot)} })
      for (const isolation of ['sandbox', 'compat']) {
        const { stdout } = await engine.run('hostile', ['sh', '-c', 'ls -l /proc/self/fd /proc/1/fd; cat /proc/self/status /proc/self/limits; umask; tr "\\\\0" "\\\\n" < /proc/self/environ; id; cat /proc/self/oom_score_adj; pwd'], { isolation })
        console.log(JSON.stringify(stdout))
      }
      await engine.close()
    `)
    // A parent with everything that one could leave behind: an open file, an environment, ignored signals, a umask, a group, a protection.
    const parent = `exec 9<${ground.base}/canary/etc/passwd; trap '' HUP INT USR1 PIPE; umask 0; echo -500 2>/dev/null > /proc/self/oom_score_adj; exec setpriv --groups 12345 node ${script}`
    const { stdout, stderr } = spawnSync('dash', ['-c', parent], { encoding: 'utf8', env: { PATH: process.env.PATH!, GANTRY_SECRET: 'of the host', NODE_OPTIONS: '' } })
    expect(stderr).toBe('')
    const found = stdout.trim().split('\n').map((line) => JSON.parse(line) as string)
    expect(found).toHaveLength(2)
    for (const text of found) {
      expect(text).not.toContain('of the host')
      expect(text).not.toContain(ground.base)
      expect(text).toMatch(/SigBlk:\s*0000000000000000\nSigIgn:\s*0000000000000000\n/)
      expect(text).toMatch(/Umask:\s*0022/)
      expect(text).toMatch(/Groups:\s*0?\s*\n/)
      expect(text).toMatch(/Max core file size +0 /)
      expect(text).toMatch(/\n0\n\/\n$/)
      const descriptors = [...text.matchAll(/ (\d+) -> (\S+)/g)].filter(([, number]) => Number(number) > 2)
      // What `ls` has open itself.
      expect(descriptors.filter(([, , target]) => !target!.startsWith('/proc/'))).toEqual([])
    }
  })

  it('and the working directory is inside', async () => {
    for (const isolation of ['sandbox', 'compat'] as const)
      for (let number = 0; number < 24; number++) {
        const job = run(['sh', '-c', 'ls /proc/self/cwd/; ls ../../../../..'], { isolation, workdir: `/proc/self/fd/${number}` })
        await expect(job, `${isolation} ${number}`).rejects.toMatchObject({ code: /^ERR_/ })
      }
    const container = await ground.engine.Container.run({ image: 'hostile', command: ['sleep', '1000'] })
    for (let number = 3; number < 24; number++) {
      await expect(container.exec(['ls'], { workdir: `/proc/self/fd/${number}` })).rejects.toMatchObject({ code: /^ERR_/ })
    }
    await container.remove({ force: true })
  })
})

it('two sandboxes have different user ids, and neither has root', async () => {
  const jobs = [1, 2].map(() => run(['sh', '-c', 'cat /proc/self/uid_map /proc/self/gid_map; sleep 0.2'], { isolation: 'sandbox' }))
  const bases = await Promise.all(jobs.map(async (job) => (await job).stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number))))
  for (const [uid, gid] of bases as [number[], number[]][]) {
    expect(uid[1]).toBeGreaterThan(65535)
    expect(uid).toEqual(gid)
    expect(uid[2]).toBe(65536)
  }
  expect(bases[0]![0]![1]).not.toBe(bases[1]![0]![1])
})

describe('devices', () => {
  it('a sandbox makes none, and opens none that came with its image or its mounts', async () => {
    const shared = join(ground.base, 'shared')
    mkdirSync(shared, { recursive: true })
    const nodes = (directory: string) => {
      mkdirSync(directory, { recursive: true })
      for (const [name, ...numbers] of [['disk', 'b', '8', '0'], ['memory', 'c', '1', '1'], ['tun', 'c', '10', '200'], ['zero', 'c', '1', '5']] as const) spawnSync('mknod', ['-m', '666', join(directory, name), ...numbers])
    }
    nodes(shared)
    await ground.image('nodes', (root) => nodes(join(root, 'nodes')))
    for (const recursive of [true, false]) {
      const { stdout } = await ground.engine.run('nodes', ['/attacker', 'nodes'], { isolation: 'sandbox', mounts: [{ type: 'bind', source: shared, target: '/shared', recursive }] })
      const lines = stdout.trim().split('\n')
      expect(lines.filter((line) => line.endsWith(' ok'))).toEqual(['open /dev/zero ok'])
      expect(lines.filter((line) => line.startsWith('open /shared/'))).toHaveLength(4)
    }
    const { stdout } = await ground.engine.run('nodes', ['/attacker', 'nodes'], { isolation: 'compat', mounts: [{ type: 'bind', source: shared, target: '/shared' }] })
    const opened = stdout.trim().split('\n').filter((line) => line.startsWith('open') && line.endsWith(' ok'))
    expect(opened.every((line) => line.includes('/zero'))).toBe(true)
    expect(stdout).toContain('open /nodes/disk EPERM')
    expect(stdout).toContain('make /tmp/disk ok')
  })
})

it('the monitor shows nothing of itself and its program cannot be changed', async () => {
  const container = await ground.engine.Container.run({ image: 'hostile', command: ['sleep', '1000'] })
  const { pid } = await container.inspect()
  const monitor = /PPid:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!
  // Not dumpable: its files belong to root and need the right to trace, whoever it runs as.
  const peek = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', '--bounding-set', '-all', 'sh', '-c', `readlink /proc/${monitor}/exe; ls /proc/${monitor}/fd; cat /proc/${monitor}/environ`], { encoding: 'utf8' })
  expect(peek.stdout).toBe('')
  const source = join(ground.base, 'seals.c')
  writeFileSync(source, `
    #define _GNU_SOURCE
    #include <errno.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <sys/stat.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
      int fd = open(argv[1], O_RDONLY);
      printf("%x", fcntl(fd, F_GET_SEALS) & 0xf);
      printf(" %d", open(argv[1], O_WRONLY) >= 0 && write(open(argv[1], O_WRONLY), "x", 1) == 1);
      printf(" %d", fchmod(fd, 0) == 0);
      return 0;
    }`)
  expect(spawnSync('gcc', ['-o', join(ground.base, 'seals'), source]).status).toBe(0)
  // All four seals; not written; its mode stays.
  expect(spawnSync(join(ground.base, 'seals'), [`/proc/${monitor}/exe`], { encoding: 'utf8' }).stdout).toBe('f 0 0')
  await container.remove({ force: true })
})
