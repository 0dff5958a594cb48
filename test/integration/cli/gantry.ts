import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../../bin/gantry.js', import.meta.url))
const compiled = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

export interface Outcome { code: number | null; signal: NodeJS.Signals | null; out: string; err: string }

/** The real command, on roots of its own. */
export class Gantry {
  readonly directory = mkdtempSync(join(tmpdir(), 'gantry-cli-'))
  readonly environment = { ...process.env, GANTRY_ROOT: join(this.directory, 'root'), GANTRY_RUN_ROOT: join(this.directory, 'run') }

  constructor() {
    if (!existsSync(compiled)) throw new Error("dist/ is missing: run 'npm run build:ts' first ('npm test' does)")
  }

  spawn(argv: readonly string[], options: { input?: string | Buffer | null } = {}): ChildProcess {
    const child = spawn(process.execPath, [bin, ...argv], { env: this.environment, stdio: ['pipe', 'pipe', 'pipe'] })
    if (options.input !== null) child.stdin!.end(options.input ?? '')
    return child
  }

  /** Runs a command line to its end. */
  run(...argv: string[]): Promise<Outcome> {
    return this.feed('', ...argv)
  }

  /** The same, with something on its standard input. */
  feed(input: string | Buffer, ...argv: string[]): Promise<Outcome> {
    return outcomeOf(this.spawn(argv, { input }))
  }

  /** The first line of what a command line prints that must succeed. */
  async must(...argv: string[]): Promise<string> {
    const { code, out, err } = await this.run(...argv)
    if (code !== 0) throw new Error(`gantry ${argv.join(' ')} gave ${code}: ${err}`)
    return out.trimEnd()
  }

  /** On a terminal of 33 rows and 77 columns, made by util-linux's script: types each text once what is shown contains its key. */
  onTerminal(argv: readonly string[], typing: readonly (readonly [shown: string, text: string])[]): Promise<Outcome> {
    const line = ['stty rows 33 cols 77;', 'exec', process.execPath, bin, ...argv].map((word) => (/^(stty rows 33 cols 77;|exec)$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
    const child = spawn('script', ['-qefc', line, '/dev/null'], { env: this.environment, stdio: ['pipe', 'pipe', 'pipe'] })
    const todo = [...typing]
    let seen = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      while (todo.length > 0 && seen.includes(todo[0]![0])) {
        seen = seen.slice(seen.indexOf(todo[0]![0]) + todo[0]![0].length)
        child.stdin!.write(todo.shift()![1])
      }
    })
    return outcomeOf(child)
  }

  async clean(): Promise<void> {
    const ids = (await this.must('ps', '-aq', '--no-trunc')).split('\n').filter(Boolean)
    if (ids.length > 0) await this.run('rm', '-f', ...ids)
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk))
  // A command that does not read what it is given is no failure.
  child.stdin!.on('error', () => {})
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }))
  })
}
