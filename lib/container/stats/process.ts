import { bootTimeMs } from './clock.js'
import { readText } from './text.js'

const ticksPerSecond = 100

/** What /proc says about a process. */
export interface Process {
  pid: number
  parent: number
  uid: number
  gid: number
  name: string
  /** The arguments with spaces between them; `[name]` for one that has none. */ commandLine: string
  /** ps's STAT: the state, then s session leader, l threads, + foreground, < N nice. */ state: string
  terminal: string
  cpuSeconds: number
  startedMs: number
  residentKiB: number
  virtualKiB: number
  threads: number
  nice: number
  priority: number
}

/** undefined when it has ended. */
export function readProcess(pid: number): Process | undefined {
  const directory = `/proc/${pid}`
  const stat = readText(directory, 'stat')
  // Not the owner of the directory: that is root for a process that may not be dumped.
  const status = new Map(
    readText(directory, 'status')
      .split('\n')
      .map((line) => line.split(':', 2) as [string, string]),
  )
  // The name may hold spaces and parentheses: the last closing one ends it.
  const close = stat.lastIndexOf(')')
  if (close < 0 || !status.has('Uid')) return undefined
  const name = Buffer.from(stat.slice(stat.indexOf('(') + 1, close), 'latin1').toString('utf8')
  const field = stat.slice(close + 2).split(' ')
  const number = (index: number): number => Number(field[index - 3])
  const statusNumbers = (key: string): number[] =>
    (status.get(key) ?? '')
      .trim()
      .split(/\s+/)
      .map((text) => Number.parseInt(text, 10) || 0)
  const nice = number(19)
  const threads = number(20)
  const args = Buffer.from(readText(directory, 'cmdline'), 'latin1').toString('utf8')
  const flags =
    (nice < 0 ? '<' : nice > 0 ? 'N' : '') +
    (number(6) === pid ? 's' : '') +
    (threads > 1 ? 'l' : '') +
    (number(8) === number(5) ? '+' : '')
  return {
    pid,
    parent: number(4),
    uid: statusNumbers('Uid')[1] ?? 0,
    gid: statusNumbers('Gid')[1] ?? 0,
    name,
    commandLine: printable(args.replace(/\0+$/, '').replaceAll('\0', ' ')) || `[${printable(name)}]`,
    state: (field[0] ?? '?') + flags,
    terminal: terminalName(number(7)),
    cpuSeconds: (number(14) + number(15)) / ticksPerSecond,
    startedMs: bootTimeMs() + (number(22) / ticksPerSecond) * 1000,
    residentKiB: statusNumbers('VmRSS')[0] ?? 0,
    virtualKiB: statusNumbers('VmSize')[0] ?? 0,
    threads,
    nice,
    priority: number(18),
  }
}

/** A process chooses its own arguments: control characters would act on the reader's terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00)
  if (device === 0) return '?'
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`
  return '?'
}
