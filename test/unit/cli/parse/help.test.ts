import { expect, test } from 'vitest'
import { allCommands, findCommand } from '../../../../lib/cli/registry.js'
import { defineCommand, helpPage } from '../../../../lib/cli/parse/index.js'

const command = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  least: 1,
  flags: {
    signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
    timeout: { kind: 'int', short: 't', default: 10, help: 'Seconds to wait before killing the container' },
    hidden: { kind: 'bool', hidden: true, help: 'Never seen' },
  },
  run: async () => {},
})

test('a page looks as docker prints it', () => {
  expect(helpPage('gantry stop', 'Stop containers', ['gantry container stop', 'gantry stop'], command, 56)).toBe(`Usage:  gantry stop [OPTIONS] CONTAINER [CONTAINER...]

Stop containers

Aliases:
  gantry container stop, gantry stop

Options:
  -s, --signal string   Signal to send to the container
  -t, --timeout int     Seconds to wait before killing
                        the container (default 10)
`)
})

test('every command loads, and its table holds together', async () => {
  for (const { names, load } of allCommands()) {
    const { command } = await load()
    const shorts = Object.values(command.flags).flatMap(({ short }) => short ?? [])
    expect(new Set(shorts).size, names[0]).toBe(shorts.length)
    const spellings = Object.entries(command.flags).flatMap(([name, { aliases = [] }]) => [name, ...aliases])
    expect(new Set(spellings).size, names[0]).toBe(spellings.length)
    for (const [name, { help, short }] of Object.entries(command.flags)) {
      expect(help, `${names[0]} --${name}`).not.toBe('')
      expect(short?.length ?? 1).toBe(1)
    }
    expect(helpPage('gantry x', 'y', [], command)).toContain('Usage:  gantry x')
  }
})

test('commands are found by all their names', () => {
  expect(findCommand(['ps'])).toMatchObject({ name: 'ps', length: 1 })
  expect(findCommand(['container', 'ls', '-a'])).toMatchObject({ name: 'container ls', length: 2 })
  expect(findCommand(['container', 'nope'])).toBeUndefined()
  expect(findCommand(['constructor'])).toBeUndefined()
})
