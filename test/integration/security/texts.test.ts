/** Texts that would like to be something else: a terminal's commands, a line of the journal, a member of every object. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GantryEvent, RunOptions } from '../../../lib/index.js'
import { type Ground, openGround } from './ground.js'

let ground: Ground
beforeAll(async () => {
  ground = await openGround()
})
afterAll(() => ground.close())

const evil = 'a\u001b]0;owned\u0007\u001b[2Jb\nc\r"},{"type":"container","action":"die"}\u2028\u202e\u0000'.replace('\u0000', '')
/** Of addon/tables/messages.json: the last of the requests, counted from 1. */
const queryMessage = 14
const journal = () => readFileSync(join(ground.root, 'events/journal'), 'utf8').split('\n').filter((line) => line !== '')

describe('labels, arguments, variables and annotations', () => {
  it('stay what they are in the state, the journal, the container and on the terminal', async () => {
    const container = await ground.engine.Container.run({
      image: 'hostile',
      command: ['sh', '-c', 'sleep 1000; :', evil],
      labels: { evil, [evil]: 'x', id: '1', name: 'x', image: 'x', exitCode: '7' },
      env: { EVIL: evil },
      annotations: { evil },
    })
    const { stdout } = await container.exec(['sh', '-c', 'printf "%s\\n" "$EVIL"', evil])
    expect(stdout).toBe(`${evil}\n`)
    const info = await container.inspect()
    expect(info.id).toBe(container.id)
    expect(info.name).toBe(container.name)

    for (const line of journal()) {
      const event = JSON.parse(line) as GantryEvent
      if (event.type !== 'container') continue
      expect(event.id).toBe(container.id)
      expect(['create', 'start', 'exec_create', 'exec_start', 'exec_die', 'attach']).toContain(event.action.split(':')[0])
    }
    const command = (...args: string[]) => {
      const program = [process.execPath, join(import.meta.dirname, '../../../bin/gantry.js'), ...args].map((word) => `'${word}'`).join(' ')
      // With a terminal of its own, as a person has.
      return execFileSync('script', ['-qec', program, '/dev/null'], { encoding: 'latin1', env: { ...process.env, GANTRY_ROOT: ground.root, GANTRY_RUN_ROOT: ground.runRoot, TERM: 'xterm' } })
    }
    for (const args of [['ps', '--no-trunc'], ['ps', '--format', '{{.Labels}} {{.Command}}'], ['inspect', container.id], ['events', '--since', '1h', '--until', '0s'], ['top', container.id]]) {
      const shown = command(...args)
      expect(shown, args.join(' ')).toContain('owned')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(shown, args.join(' ')).not.toMatch(/[\u001b\u0007]/)
    }
    await container.remove({ force: true })
  })

  it('of a state and journal that a kernel writer adds to are one line an event', async () => {
    await ground.engine.run('hostile', ['true'], { labels: { evil } })
    for (const line of journal()) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })
})

describe('names of members that every object has', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']
  it('are ordinary names of variables and labels', async () => {
    for (const key of keys) {
      const own = JSON.parse(`{"${key}":"value"}`) as Record<string, string>
      const { stdout } = await ground.engine.run('hostile', ['env'], { env: own, labels: own })
      expect(stdout).toContain(`${key}=value\n`)
    }
    expect(({} as { value?: unknown }).value).toBeUndefined()
  })

  it('are no options, and pollute nothing', async () => {
    for (const text of ['{"__proto__":{"privileged":true,"isolation":"compat"}}', '{"constructor":{"prototype":{"privileged":true}}}', '{"toString":1}']) {
      await expect(ground.engine.run('hostile', ['true'], JSON.parse(text) as object)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    }
    const { stdout } = await ground.engine.run('hostile', ['grep', 'CapBnd', '/proc/self/status'], Object.create({ privileged: true, isolation: 'compat' }) as object)
    expect(stdout).toContain('00000000000005fb')
    expect(({} as { privileged?: unknown }).privileged).toBeUndefined()
  })
})

it('host names, domains and hosts cannot carry a second line', async () => {
  for (const options of [{ hostname: 'a\nb' }, { hostname: 'a b' }, { domainname: 'a\n127.0.0.1 x' }, { extraHosts: { 'a\n1.1.1.1 b': '10.0.0.1' } }, { extraHosts: { a: '10.0.0.1\n1.1.1.1 b' } }, { dns: ['1.1.1.1\noptions x'] }, { hostname: '../../x' }]) {
    await expect(ground.engine.run('hostile', ['true'], options as RunOptions), JSON.stringify(options)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  }
})

describe('the control socket', () => {
  it('belongs to its owner alone', async () => {
    const container = await ground.engine.Container.run({ image: 'hostile', network: 'host', command: ['sh', '-c', 'cat /proc/net/unix; sleep 1000'] })
    const directory = join(ground.runRoot, 'containers', container.id)
    const modes = execFileSync('stat', ['-c', '%a', ground.root, join(ground.root, 'containers'), join(ground.root, 'containers', container.id), ground.runRoot, join(ground.runRoot, 'containers'), directory, join(directory, 'monitor.sock')], { encoding: 'utf8' }).trim().split('\n')
    expect(modes.slice(5)).toEqual(['700', '600'])
    expect(modes[2]).toBe('700')
    // Someone else, who was even given the way: a copy of the socket's file in a directory of everybody's.
    const link = join(ground.base, 'everybody.sock')
    execFileSync('sh', ['-c', `chmod 755 ${ground.base}; ln ${join(directory, 'monitor.sock')} ${link} && chmod 777 ${link}`])
    const source = join(ground.base, 'connect.c')
    execFileSync('sh', ['-c', `cat > ${source}`], { input: `
      #include <stdio.h>
      #include <string.h>
      #include <sys/socket.h>
      #include <sys/un.h>
      #include <unistd.h>
      int main(int argc, char **argv) {
        struct sockaddr_un a = {AF_UNIX};
        strcpy(a.sun_path, argv[1]);
        int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        if (connect(fd, (void *)&a, sizeof a)) return puts("refused"), 0;
        unsigned query[2] = {${String(queryMessage)}, 1};
        char answer[256];
        write(fd, query, sizeof query);
        puts(read(fd, answer, sizeof answer) > 0 ? "ANSWERED" : "closed");
      }` })
    execFileSync('gcc', ['-o', join(ground.base, 'connect'), source])
    const as = (uid: string, path: string) => spawnSync('setpriv', ['--reuid', uid, '--regid', uid, '--clear-groups', join(ground.base, 'connect'), path], { encoding: 'utf8' }).stdout.trim()
    expect(as('0', link)).toBe('ANSWERED')
    expect(as('65534', link)).toBe('closed')
    expect(as('65534', join(directory, 'monitor.sock'))).toBe('refused')
    // Nothing abstract, which a container in the host's network could reach.
    const seen: string[] = []
    for await (const { text } of container.logs()) seen.push(text)
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.filter((line) => / @.*gantry/.test(line))).toEqual([])
    await container.remove({ force: true })
  })
})
