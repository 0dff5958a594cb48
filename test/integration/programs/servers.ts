/** Servers that go on running. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Debian, freePort, image } from './debian.js'

/** What a redis server answers to a line. */
async function ask(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${line}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

export function servers(debian: () => Debian): void {
  const run = (options: object) => debian().engine.Container.run({ image, network: 'host', ...options })

  describe('nginx', () => {
    it('serves the host when it is ready, and stops gracefully', async () => {
      const port = await freePort()
      const script = `sed -i 's/listen 80 default_server/listen ${port} default_server/;/\\[::\\]/d' /etc/nginx/sites-enabled/default
        ln -sf /dev/stdout /var/log/nginx/access.log; exec nginx -g 'daemon off;'`
      await using nginx = await run({
        command: ['sh', '-c', script],
        ready: [{ port }, { http: '/', port }],
        stopSignal: 'SIGQUIT',
      })
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('Welcome to nginx')
      const { titles, processes } = await nginx.top()
      expect(processes.map((row) => row[titles.indexOf('CMD')])).toContainEqual(
        expect.stringContaining('nginx: worker process'),
      )
      const log: string[] = []
      for await (const { text } of nginx.logs()) log.push(text)
      expect(log).toContainEqual(expect.stringContaining('"GET / HTTP/1.1" 200'))
      await nginx.stop()
      expect(await nginx.inspect()).toMatchObject({ status: 'exited', exitCode: 0 })
    })
  })

  describe('redis', () => {
    it('answers as an ordinary user, and ends well on SIGTERM', async () => {
      const port = await freePort()
      await using redis = await run({
        user: 'redis',
        command: ['redis-server', '--port', String(port), '--save', ''],
        ready: { log: 'Ready to accept connections' },
      })
      expect(await ask(port, 'PING')).toBe('+PONG\r\n')
      expect((await redis.exec(['redis-cli', '-p', String(port), 'set', 'key', 'value'])).stdout).toBe('OK\n')
      expect(await ask(port, 'GET key')).toBe('$5\r\nvalue\r\n')
      expect((await redis.exec(['id', '-un'])).stdout).toBe('redis\n')
      await redis.stop()
      expect(await redis.inspect()).toMatchObject({ status: 'exited', exitCode: 0 })
      const log: string[] = []
      for await (const { text } of redis.logs({ tail: 2 })) log.push(text)
      expect(log.join()).toContain('bye bye')
    })

    it('is healthy, is restarted when it is killed, and is healthy again', async () => {
      const port = await freePort()
      await using redis = await run({
        command: ['redis-server', '--port', String(port), '--save', ''],
        restart: 'on-failure:3',
        healthcheck: { command: `redis-cli -p ${port} ping | grep -q PONG`, interval: 200, retries: 2 },
        ready: { health: true },
      })
      const before = await redis.inspect()
      expect(before).toMatchObject({ health: 'healthy', restartCount: 0 })
      process.kill(before.pid, 'SIGKILL')
      await expect
        .poll(async () => ({ ...(await redis.inspect()), pid: 0 }), { timeout: 20_000 })
        .toMatchObject({ status: 'running', health: 'healthy', restartCount: 1 })
      expect(await ask(port, 'PING')).toBe('+PONG\r\n')
    })

    it('turns unhealthy when it no longer answers', async () => {
      const port = await freePort()
      await using redis = await run({
        command: ['redis-server', '--port', String(port), '--save', ''],
        healthcheck: {
          command: ['timeout', '0.5', 'redis-cli', '-p', String(port), 'ping'],
          interval: 200,
          retries: 2,
        },
        ready: { health: true },
      })
      await redis.kill('SIGSTOP')
      await expect.poll(async () => (await redis.inspect()).health, { timeout: 20_000 }).toBe('unhealthy')
      await redis.kill('SIGCONT')
      await expect.poll(async () => (await redis.inspect()).health, { timeout: 20_000 }).toBe('healthy')
    })
  })

  it('both serve each other in one sandbox without any network', async () => {
    const script = `redis-server --daemonize yes --save '' > /dev/null; nginx; for i in $(seq 100); do redis-cli ping 2> /dev/null | grep PONG && break; sleep 0.1; done
      python3 -c "import urllib.request as u; print(u.urlopen('http://127.0.0.1/').status)"; redis-cli shutdown; nginx -s quit 2> /dev/null`
    const { stdout, stderr } = await debian().shell(script)
    expect({ stdout, stderr }).toEqual({ stdout: 'PONG\n200\n', stderr: '' })
  })
}
