/** Device rules as an eBPF program and as lines of cgroup v1: in an interpreter, and both in the running kernel. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deviceProgram, deviceRuleLines, standardDeviceRules } from '../../../../lib/launch/device-program.js'
import type { RuntimeDeviceRule } from '../../../../lib/oci/index.js'
import { buildTool, random, type Tool } from '../seccomp/tool.js'
import { type Access, allows } from './ebpf-machine.js'

const CGROUP2_SUPER_MAGIC = 0x6367_7270
const unified = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find(
  (path) => existsSync(path) && statfsSync(path).type === CGROUP2_SUPER_MAGIC,
)
const legacy = '/sys/fs/cgroup/devices'

const nothing: RuntimeDeviceRule = { allow: false, access: 'rwm' }
const bits = { m: 1, r: 2, w: 4 }

/** The last rule that matches a device and an access decides it; each access that is asked for has to be allowed. */
function meaning(rules: readonly RuntimeDeviceRule[], { type, major, minor, access }: Access): boolean {
  return (Object.keys(bits) as (keyof typeof bits)[])
    .filter((letter) => access & bits[letter])
    .every((letter) => {
      const last = rules.findLast(
        (rule) =>
          (rule.type === undefined || rule.type === 'a' || rule.type === type) &&
          (rule.major === undefined || rule.major === -1 || rule.major === major) &&
          (rule.minor === undefined || rule.minor === -1 || rule.minor === minor) &&
          (rule.access ?? 'rwm').includes(letter),
      )
      return last?.allow ?? false
    })
}

function randomRules(next: () => number): RuntimeDeviceRule[] {
  const pick = <Item>(list: readonly Item[]): Item => list[next() % list.length] as Item
  return Array.from({ length: next() % 12 }, () => ({
    allow: next() % 2 === 0,
    type: pick(['a', 'b', 'c', 'c', undefined] as const),
    major: pick([undefined, -1, 1, 240, 241]),
    minor: pick([undefined, -1, 3, 5]),
    access: pick([undefined, 'rwm', 'r', 'w', 'm', 'rw', 'wm']),
  }))
}

describe('deviceProgram', () => {
  it('decides what the rules say, for 500 random lists', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const rules = randomRules(random(seed))
      const program = deviceProgram(rules)
      for (const type of ['b', 'c'] as const) {
        for (const major of [1, 240, 5000]) {
          for (const minor of [3, 5, 70000]) {
            for (const access of [1, 2, 3, 4, 5, 6, 7]) {
              const asked = { type, major, minor, access }
              const wanted = meaning(rules, asked)
              if (allows(program, asked) !== wanted) {
                expect.fail(`${JSON.stringify(asked)}: not ${wanted}\n${JSON.stringify(rules)}`)
              }
            }
          }
        }
      }
    }
  })

  it('refuses all without a rule, and forgets what a later rule makes void', () => {
    expect(allows(deviceProgram([]), { type: 'c', major: 1, minor: 3, access: 2 })).toBe(false)
    const rules: RuntimeDeviceRule[] = Array.from({ length: 50 }, (_, minor) => ({
      allow: true,
      type: 'c',
      major: 7,
      minor,
    }))
    expect(deviceProgram([...rules, nothing])).toEqual(deviceProgram([nothing]))
    expect(deviceProgram([nothing]).length / 8).toBeLessThan(10)
  })

  it('has the devices that every container needs', () => {
    const program = deviceProgram([nothing, ...standardDeviceRules])
    for (const [major, minor] of [
      [1, 3],
      [1, 5],
      [1, 7],
      [1, 8],
      [1, 9],
      [5, 0],
      [5, 2],
      [136, 12],
    ] as const) {
      expect(allows(program, { type: 'c', major, minor, access: 6 })).toBe(true)
    }
    expect(allows(program, { type: 'b', major: 8, minor: 0, access: 1 })).toBe(true)
    expect(allows(program, { type: 'b', major: 8, minor: 0, access: 2 })).toBe(false)
    expect(allows(program, { type: 'c', major: 1, minor: 1, access: 2 })).toBe(false)
  })

  it.each([
    ['an access', { allow: true, access: 'rx' }, 'access "rx"'],
    ['no access', { allow: true, access: '' }, 'access ""'],
    ['a type', { allow: true, type: 'p' as 'c' }, 'type "p"'],
    ['a number', { allow: true, type: 'c' as const, major: 1.5 }, 'major number 1.5'],
    ['a huge number', { allow: true, type: 'c' as const, minor: 2 ** 31 }, 'minor number 2147483648'],
  ])('names a bad rule: %s', (_, rule, message) => {
    for (const compile of [deviceProgram, deviceRuleLines]) {
      expect(() => compile([rule])).toThrowError(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(message) }),
      )
    }
  })
})

describe('deviceRuleLines', () => {
  const lines = (...rules: RuntimeDeviceRule[]): string[] =>
    deviceRuleLines(rules).map(({ file, line }) => `${file.slice('devices.'.length)} ${line}`)
  const node = (minor: number | undefined, access: string, allow = true): RuntimeDeviceRule => ({
    allow,
    type: 'c',
    major: 1,
    minor,
    access,
  })

  it('begins with the default, then says the exceptions', () => {
    expect(lines(nothing, node(3, 'rwm'), node(5, 'r'), node(5, 'w'))).toEqual([
      'deny a',
      'allow c 1:3 rwm',
      'allow c 1:5 rw',
    ])
    expect(lines({ allow: true }, node(undefined, 'w', false))).toEqual(['allow a', 'deny c 1:* w'])
    expect(lines()).toEqual(['deny a'])
  })

  it('lets later rules take back earlier ones', () => {
    expect(lines(node(3, 'rwm'), nothing)).toEqual(['deny a'])
    expect(lines(nothing, node(3, 'rwm'), node(3, 'w', false))).toEqual(['deny a', 'allow c 1:3 rm'])
    expect(lines(nothing, node(3, 'r'), node(5, 'r'), node(undefined, 'rwm', false))).toEqual(['deny a'])
    expect(lines(nothing, node(3, 'r', false))).toEqual(['deny a'])
    expect(lines(nothing, { allow: true, major: 9, access: 'r' })).toEqual(['deny a', 'allow b 9:* r', 'allow c 9:* r'])
  })

  it('says that v1 has no holes', () => {
    expect(() => lines(nothing, node(undefined, 'rw'), node(3, 'w', false))).toThrowError(
      expect.objectContaining({
        code: 'ERR_NOT_SUPPORTED',
        message: expect.stringContaining('refuse the devices "c 1:3 w" inside of "c 1:* rw"'),
      }),
    )
    expect(() => lines({ allow: true }, node(undefined, 'w', false), node(3, 'w'))).toThrowError(
      expect.objectContaining({ code: 'ERR_NOT_SUPPORTED' }),
    )
    expect(lines(nothing, node(undefined, 'm'), node(3, 'rw', false))).toEqual(['deny a', 'allow c 1:* m'])
  })
})

describe('in the kernel', () => {
  const devices = ['c:1:3', 'c:1:5', 'c:240:7', 'c:241:7', 'b:240:7', 'b:241:3']
  let tool: Tool
  let directory: string
  beforeAll(() => {
    tool = buildTool(join(import.meta.dirname, 'probe'))
    directory = mkdtempSync(join(tmpdir(), 'gantry-test-'))
  })
  afterAll(() => {
    tool[Symbol.dispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  const wildRules: [string, RuntimeDeviceRule[]][] = [
    ['the standard devices', [nothing, ...standardDeviceRules]],
    ['everything', [{ allow: true }]],
    ['all but one device', [{ allow: true }, { allow: false, type: 'c', major: 1, minor: 5, access: 'w' }]],
    [
      'parts of access',
      [
        nothing,
        { allow: true, type: 'c', major: 240, access: 'rm' },
        { allow: true, type: 'b', major: 240, minor: 7, access: 'w' },
      ],
    ],
    ['both kinds', [nothing, { allow: true, major: 240, access: 'r' }]],
  ]

  /** What the rules mean, in the words of the probe. */
  function expected(rules: readonly RuntimeDeviceRule[]): string {
    return devices
      .map((device) => {
        const [type, major, minor] = device.split(':')
        const asked = { type: type as 'b' | 'c', major: Number(major), minor: Number(minor) }
        const letters = { m: 1, r: 2, w: 4, b: 6 }
        const allowed = Object.entries(letters).filter(([, access]) => meaning(rules, { ...asked, access }))
        return `${device} ${allowed.map(([letter]) => letter).join('')}\n`
      })
      .join('')
  }

  function probe(parent: string, program: string, prepare: (cgroup: string) => void): string {
    const cgroup = join(parent, `gantry-test-${process.pid}-devices`)
    const nodes = mkdtempSync(join(directory, 'nodes-'))
    mkdirSync(cgroup)
    try {
      prepare(cgroup)
      return execFileSync(tool.path, [join(cgroup, 'cgroup.procs'), program, cgroup, nodes, ...devices], {
        encoding: 'utf8',
      })
    } finally {
      rmdirSync(cgroup)
      rmSync(nodes, { recursive: true, force: true })
    }
  }

  it
    .runIf(unified)
    .each([
      ...wildRules,
      [
        'a hole',
        [
          nothing,
          { allow: true, type: 'c', access: 'rw' },
          { allow: false, type: 'c', major: 1, minor: 3, access: 'w' },
        ],
      ],
    ] as typeof wildRules)('the program passes the verifier and decides on v2: %s', (_, rules) => {
    const program = join(directory, 'program')
    writeFileSync(program, deviceProgram(rules))
    expect(probe(unified as string, program, () => {})).toBe(expected(rules))
  })

  it.runIf(unified)('the verifier takes programs of every shape', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const rules = randomRules(random(seed))
      const program = join(directory, 'program')
      writeFileSync(program, deviceProgram(rules))
      expect(probe(unified as string, program, () => {})).toBe(expected(rules))
    }
  })

  it.runIf(existsSync(legacy)).each(wildRules)('the lines decide the same on v1: %s', (_, rules) => {
    const output = probe(legacy, '-', (cgroup) => {
      for (const { file, line } of deviceRuleLines(rules)) writeFileSync(join(cgroup, file), line)
    })
    expect(output).toBe(expected(rules))
  })
})
