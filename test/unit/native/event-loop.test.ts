import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nativeDirectory } from '../../../lib/native/addon.js'
import { compileStandIn } from './fixtures/stand-in.js'

const standIn = compileStandIn()

/** Runs a script in a Node of its own, with the addon as `addon`; gives its output, its exit status, and the signal that ended it. */
function node(script: string): { output: string; status: number | null; signal: string | null } {
  const prelude = `const addon = require(${JSON.stringify(join(nativeDirectory(), 'gantry.node'))}); const standIn = ${JSON.stringify(standIn)};`
  const { stdout, status, signal } = spawnSync(process.execPath, ['-e', prelude + script], {
    timeout: 10_000,
    encoding: 'utf8',
  })
  return { output: stdout, status, signal }
}

const listening =
  'const [a, b] = addon.makeSocketPair(); const channel = new addon.Channel(a); channel.onMessage(() => {}, () => {}, () => {});'

describe('the event loop', () => {
  it('goes on while a channel listens, and ends with it', () => {
    const script = `${listening} setTimeout(() => { console.log('still here'); channel.close() }, 50).unref(); process.on('exit', () => console.log('end'))`
    expect(node(script)).toEqual({ output: 'still here\nend\n', status: 0, signal: null })
  })

  it('is not kept by a channel that does not listen, nor by one that was unref-ed', () => {
    expect(node('const [a, b] = addon.makeSocketPair(); new addon.Channel(a)')).toEqual({
      output: '',
      status: 0,
      signal: null,
    })
    expect(node(`${listening} channel.unref()`)).toEqual({ output: '', status: 0, signal: null })
  })

  it('is kept again after ref()', () => {
    const script = `${listening} channel.unref(); channel.ref(); setTimeout(() => { console.log('still here'); channel.unref() }, 50).unref()`
    expect(node(script)).toEqual({ output: 'still here\n', status: 0, signal: null })
  })

  it('is kept by a pipe reader, and not by a paused or an unref-ed one', () => {
    const reader = (then: string) =>
      `const [r, w] = addon.makePipe(); const reader = new addon.PipeReader(r, () => {}); ${then}`
    expect(node(reader("setTimeout(() => { console.log('still here'); reader.close() }, 50).unref()")).output).toBe(
      'still here\n',
    )
    expect(node(reader('reader.unref()'))).toEqual({ output: '', status: 0, signal: null })
    expect(node(reader('reader.pause()'))).toEqual({ output: '', status: 0, signal: null })
  })

  it('does not wait for monitors', () => {
    const script = "addon.spawnMonitor(standIn, Buffer.from('wait'), []); console.log('started')"
    expect(node(script)).toEqual({ output: 'started\n', status: 0, signal: null })
  })
})

describe('a listener', () => {
  it('that throws is an uncaught exception, and the next message comes', () => {
    const script = `
      process.on('uncaughtException', (error) => console.log('caught', error.message))
      const [a, b] = addon.makeSocketPair(); const from = new addon.Channel(a); const to = new addon.Channel(b)
      to.onMessage((data) => { if (data.toString() === 'bad') throw new Error('oops'); console.log(data.toString()); to.close() }, () => {}, () => {})
      from.send(Buffer.from('bad')); from.send(Buffer.from('good'))`
    expect(node(script)).toEqual({ output: 'caught oops\ngood\n', status: 0, signal: null })
  })

  it('that throws and is not caught ends the process', () => {
    const script =
      "const [r, w] = addon.makePipe(); new addon.PipeReader(r, () => { throw new Error('oops') }); require('fs').writeSync(w, 'x')"
    expect(node(script).status).toBe(1)
  })

  it('runs in a turn of its own: promises settle before the next message', () => {
    const script = `
      const [a, b] = addon.makeSocketPair(); const from = new addon.Channel(a); const to = new addon.Channel(b); let n = 0
      to.onMessage((data) => { console.log(data.toString()); Promise.resolve().then(() => console.log('settled')); if (++n === 2) to.close() }, () => {}, () => {})
      from.send(Buffer.from('1')); from.send(Buffer.from('2'))`
    expect(node(script).output).toBe('1\nsettled\n2\nsettled\n')
  })
})

describe('a worker', () => {
  const inWorker = (script: string, after = '') => `
    const { Worker } = require('worker_threads')
    const code = "const addon = require(" + JSON.stringify(${JSON.stringify(join(nativeDirectory(), 'gantry.node'))}) + "); const standIn = " + JSON.stringify(standIn) + ";" + ${JSON.stringify(script)}
    const worker = new Worker(code, { eval: true })
    worker.on('exit', (code) => { console.log('exit', code); ${after} })`

  it('may end with open channels, readers and monitors', () => {
    const script = `
      const [a, b] = addon.makeSocketPair(); new addon.Channel(a).onMessage(() => {}, () => {}, () => {})
      const [r, w] = addon.makePipe(); new addon.PipeReader(r, () => {})
      addon.spawnMonitor(standIn, Buffer.from('wait'), [])
      process.exit(0)`
    expect(node(inWorker(script))).toEqual({ output: 'exit 0\n', status: 0, signal: null })
  })

  it('leaves its monitors to the next start of another thread to reap', () => {
    const script =
      "addon.spawnMonitor(standIn, Buffer.from('exit'), []); const end = Date.now() + 100; while (Date.now() < end); process.exit(0)"
    const after = `
      const [, fd] = addon.spawnMonitor(standIn, Buffer.from('exit'), [])
      const channel = new addon.Channel(fd); channel.onMessage(() => {}, () => setTimeout(() => {
        const { readdirSync, readFileSync } = require('fs')
        const zombies = readdirSync('/proc').filter((pid) => { try { const s = readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' '); return s[0] === 'Z' && Number(s[1]) === process.pid } catch { return false } })
        console.log('zombies', zombies.length)
      }, 50), () => {})`
    expect(node(inWorker(script, after))).toEqual({ output: 'exit 0\nzombies 0\n', status: 0, signal: null })
  })
})
