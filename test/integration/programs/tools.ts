/** Programs that run to their end. */
import { describe, expect, it } from 'vitest'
import type { Isolation } from '../../../lib/index.js'
import type { Debian } from './debian.js'

const threads = `
#include <pthread.h>
#include <stdio.h>
void *work(void *argument) { puts("from a thread"); return argument; }
int main(void) { pthread_t one; pthread_create(&one, 0, work, 0); pthread_join(one, 0); return 42; }
`

export function tools(debian: () => Debian): void {
  describe.each<Isolation>(['compat', 'sandbox'])('programs in %s', (isolation) => {
    const shell = (script: string, input?: string) =>
      debian().shell(script, { isolation, ...(input === undefined ? {} : { input }) })

    it('gcc builds what then runs', async () => {
      const { exitCode, stdout, stderr } = await shell(
        'cd /tmp && cat > a.c && gcc -O2 -pthread -o a a.c && ./a',
        threads,
      )
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 42, stdout: 'from a thread\n', stderr: '' })
    })

    it('gcc has its address sanitizer', async () => {
      const { exitCode, stderr } = await shell(
        'cd /tmp && cat > a.c && gcc -fsanitize=address -o a a.c && ./a',
        'int main(int n, char **v) { char b[2]; b[n + 1] = 0; return b[n + 1]; }',
      )
      expect(exitCode).toBe(1)
      expect(stderr).toContain('stack-buffer-overflow')
    })

    it('python has processes, threads, sockets and temporary files', async () => {
      const code = `
import multiprocessing, socket, tempfile, threading, subprocess, os
with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))
with tempfile.NamedTemporaryFile() as file: file.write(b'x'); file.flush(); print(os.path.getsize(file.name))
server = socket.create_server(('127.0.0.1', 0))
thread = threading.Thread(target=lambda: server.accept()[0].send(b'served')); thread.start()
print(socket.create_connection(server.getsockname()).recv(10).decode()); thread.join()
print(subprocess.run(['echo', 'child'], capture_output=True, text=True).stdout.strip(), os.getuid())
`
      const { stdout, stderr } = await shell('python3 -', code)
      expect({ stdout, stderr }).toEqual({ stdout: '[1, 2]\n1\nserved\nchild 0\n', stderr: '' })
    })

    it('a pipeline of the shell runs, in parallel too', async () => {
      const { stdout } = await shell(
        'seq 1 100000 | awk \'{ sum += $1 } END { printf "%.0f\\n", sum }\'; find /usr/bin -type f | xargs -P 4 -n 20 md5sum | wc -l | grep -c . ; sleep 0.1 & wait; echo waited',
      )
      expect(stdout).toBe('5000050000\n1\nwaited\n')
    })

    it('git keeps, clones and shows', async () => {
      const { stdout, stderr } =
        await shell(`set -e; cd /tmp; git init -q -b main one; cd one; git config user.email a@example.com; git config user.name A
        echo text > file; git add file; git commit -q -m first; cd ..; git clone -q one two; git -C two log --format=%s; cat two/file`)
      expect({ stdout, stderr }).toEqual({ stdout: 'first\ntext\n', stderr: '' })
    })

    it('tar keeps owners, modes, links and times', async () => {
      const { stdout, stderr } =
        await shell(`set -e; cd /tmp; mkdir -p a/d; echo x > a/f; chown 33:33 a/f; chmod 4755 a/f; ln -s d a/link; ln a/f a/hard; mkfifo a/pipe; touch -d 2001-02-03 a/d
        tar cpf a.tar a; find a -printf '%p %y %m %U:%G %n %l %T@\\n' | sort > before; rm -r a; tar xpf a.tar; find a -printf '%p %y %m %U:%G %n %l %T@\\n' | sort > after
        sed 's/ [^ ]*$//' before > b; sed 's/ [^ ]*$//' after | cmp - b && stat -c %a:%u a/hard`)
      expect({ stdout, stderr }).toEqual({ stdout: '4755:33\n', stderr: '' })
    })

    it('dpkg builds, installs and removes a package', async () => {
      const { exitCode, stdout, stderr } =
        await shell(`set -e; cd /tmp; mkdir -p p/DEBIAN p/usr/bin; printf '#!/bin/sh\\necho greetings\\n' > p/usr/bin/greet; chmod +x p/usr/bin/greet
        printf 'Package: greet\\nVersion: 1\\nArchitecture: all\\nMaintainer: A <a@example.com>\\nDescription: greets\\n' > p/DEBIAN/control
        dpkg-deb -b p greet.deb > /dev/null; dpkg -i greet.deb > /dev/null; greet; dpkg -r greet > /dev/null; [ ! -e /usr/bin/greet ]`)
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'greetings\n', stderr: '' })
    })

    it('root becomes another user', async () => {
      const { stdout } = await shell(
        'su -s /bin/sh www-data -c "id -un; cat /etc/shadow" 2>&1; touch /tmp/t && chown redis /tmp/t && stat -c %U /tmp/t',
      )
      expect(stdout).toBe('www-data\ncat: /etc/shadow: Permission denied\nredis\n')
    })
  })

  it('sudo and set-user-id programs give rights in compat, and none in a sandbox', async () => {
    const script =
      'useradd -m bob && echo "bob ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/bob && su bob -c "sudo -n id -un 2>/dev/null || echo refused"'
    expect((await debian().shell(script, { isolation: 'compat' })).stdout).toBe('root\n')
    expect((await debian().shell(script, { isolation: 'sandbox' })).stdout).toBe('refused\n')
  })

  it('node of the host image has workers, child processes and a server of its own', async () => {
    const code = `
      const { Worker } = require('node:worker_threads'), http = require('node:http'), { execFileSync } = require('node:child_process')
      const server = http.createServer((_, response) => response.end('served')).listen(0, '127.0.0.1', async () => {
        console.log(await (await fetch('http://localhost:' + server.address().port)).text())
        server.close()
        const worker = new Worker('require("node:worker_threads").parentPort.postMessage(6 * 7)', { eval: true })
        console.log(await new Promise((resolve) => worker.once('message', resolve)))
        console.log(execFileSync('id', ['-u']).toString().trim(), require('node:os').homedir())
        require('node:dns').lookup('deb.debian.org', (error) => console.log(error.code))
      })`
    const { stdout, stderr } = await debian().engine.run('host', ['node', '-e', code])
    expect({ stdout, stderr }).toEqual({ stdout: 'served\n42\n0 /root\nEAI_AGAIN\n', stderr: '' })
  })
}
