import { describe, expect, it } from 'vitest'
import { compileContainer, type LaunchOptions, ProgramTemplate } from '../../../lib/launch/index.js'
import type { RuntimeSpec } from '../../../lib/oci/index.js'

const spec = (id: string, base: number, args: string[]): RuntimeSpec => ({
  ociVersion: '1.2.0',
  process: { user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin:/usr/bin', `HOSTNAME=${id.slice(0, 12)}`], cwd: '/', noNewPrivileges: true },
  root: { path: '/' },
  hostname: id.slice(0, 12),
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
  linux: {
    namespaces: (['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup', 'user'] as const).map((type) => ({ type })),
    uidMappings: [{ containerID: 0, hostID: base, size: 65536 }],
    gidMappings: [{ containerID: 0, hostID: base, size: 65536 }],
    resources: { pids: { limit: 64 } },
  },
})
const launch = (id: string, base: number, slot: string): LaunchOptions => ({
  id,
  root: { kind: 'overlay', lowers: ['/layers/a', '/layers/b'], writable: { kind: 'memory', uid: base, gid: base } },
  directory: `/run/x/containers/${id}`,
  runDirectory: `/run/x/containers/${id}`,
  runRoot: '/run/x',
  bootId: 'boot',
  journal: { path: '/var/x/journal', attributes: { name: id.slice(0, 12), image: 'i' } },
  streams: 'direct',
  lifetime: 'process',
  init: true,
  remove: { files: [`/var/x/ids/${slot}`] },
})

const [first, second] = ['a1'.repeat(32), '0b'.repeat(32)] as const
const marks = (id: string, base: number, slot: string) => ({ texts: [id, id.slice(0, 12), `/var/x/ids/${slot}`, String(base)], numbers: [base] })

describe('ProgramTemplate', () => {
  const template = new ProgramTemplate(compileContainer(spec(first, 2146430443, ['true']), launch(first, 2146430443, '99999')), marks(first, 2146430443, '99999'))

  it('fills to the very bytes that compiling gives', () => {
    const args = ['node', '-e', 'console.log("ä")']
    const filled = template.fill(marks(second, 2013265920, '00007'), ['/bin/node', '/usr/bin/node'], args)
    const compiled = compileContainer(spec(second, 2013265920, args), launch(second, 2013265920, '00007'))
    expect(Buffer.from(filled.bytes).equals(Buffer.from(compiled.bytes))).toBe(true)
  })

  it('keeps nothing of the one it was made from', () => {
    const { bytes } = template.fill(marks(second, 2013265920, '00007'), ['/bin/true'], ['true'])
    const text = Buffer.from(bytes).toString('latin1')
    for (const mark of [first, first.slice(0, 12), '99999', '2146430443']) expect(text).not.toContain(mark)
  })

  it('explains a failure with the values that were filled in', () => {
    const filled = template.fill(marks(second, 2013265920, '00007'), ['/bin/nope'], ['nope'])
    const compiled = compileContainer(spec(second, 2013265920, ['nope']), launch(second, 2013265920, '00007'))
    for (let section = 0; section < 7; section++) {
      for (let index = 0; index < 120; index++) {
        for (let operation = 1; operation < 90; operation++) {
          const failure = { section, index, operation, errno: 2 }
          const found = filled.operation(failure)
          if (found?.name !== 'removeFile' && found?.name !== 'makeDirectory') continue
          expect(found).toEqual(compiled.operation(failure))
        }
      }
    }
  })
})
