import { readFileSync } from 'node:fs'
import { GantryError } from '../../errors/index.js'
import { clockTime, elapsedTime, startTime } from './clock.js'
import { type Process, readProcess } from './process.js'

export interface Top {
  titles: string[]
  processes: string[][]
}

interface Column {
  title: string
  value: (process: Process, context: Context) => string
}

interface Context {
  nowMs: number
  userName: (uid: number) => string
}

const userName = (process: Process, context: Context): string => context.userName(process.uid)
const commandLine = (process: Process): string => process.commandLine

/** The columns by the names that ps knows them by. */
const columns: Readonly<Record<string, Column>> = {
  pid: { title: 'PID', value: (process) => String(process.pid) },
  ppid: { title: 'PPID', value: (process) => String(process.parent) },
  user: { title: 'USER', value: userName },
  uid: { title: 'UID', value: (process) => String(process.uid) },
  gid: { title: 'GID', value: (process) => String(process.gid) },
  c: { title: 'C', value: (process, { nowMs }) => String(usagePercent(process, nowMs)) },
  pcpu: { title: '%CPU', value: (process, { nowMs }) => usagePercent(process, nowMs).toFixed(1) },
  stime: { title: 'STIME', value: (process, { nowMs }) => startTime(process.startedMs, nowMs) },
  tty: { title: 'TTY', value: (process) => process.terminal },
  time: { title: 'TIME', value: (process) => clockTime(process.cpuSeconds) },
  etime: { title: 'ELAPSED', value: (process, { nowMs }) => elapsedTime((nowMs - process.startedMs) / 1000) },
  comm: { title: 'COMMAND', value: (process) => process.name },
  cmd: { title: 'CMD', value: commandLine },
  args: { title: 'COMMAND', value: commandLine },
  command: { title: 'COMMAND', value: commandLine },
  rss: { title: 'RSS', value: (process) => String(process.residentKiB) },
  vsz: { title: 'VSZ', value: (process) => String(process.virtualKiB) },
  stat: { title: 'STAT', value: (process) => process.state },
  s: { title: 'S', value: (process) => process.state.charAt(0) },
  ni: { title: 'NI', value: (process) => String(process.nice) },
  pri: { title: 'PRI', value: (process) => String(process.priority) },
  nlwp: { title: 'NLWP', value: (process) => String(process.threads) },
}

const aliases: Readonly<Record<string, string>> = {
  euser: 'user',
  euid: 'uid',
  '%cpu': 'pcpu',
  start_time: 'stime',
  tname: 'tty',
  tt: 'tty',
  state: 's',
  ucmd: 'comm',
  nice: 'ni',
  thcount: 'nlwp',
}

/** What `docker top` shows: ps -ef. Its UID column has names. */
const fullFormat: readonly Column[] = [
  { title: 'UID', value: userName },
  ...['pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'].map((name) => columns[name]!),
]

/** One row a process, with host pids; processes that have ended meanwhile are left out. `names` are ps's column names. */
export function topOf(pids: readonly number[], names?: readonly string[]): Top {
  const chosen = names === undefined || names.length === 0 ? fullFormat : names.map(column)
  const users = readUsers()
  const context = { nowMs: Date.now(), userName: (uid: number) => users.get(uid) ?? String(uid) }
  const found = pids.map(readProcess).filter((process) => process !== undefined)
  return {
    titles: chosen.map((one) => one.title),
    processes: found.map((process) => chosen.map((one) => one.value(process, context))),
  }
}

/** ps's arguments as `docker top` takes them: none, -ef, or -o (also -eo, -A -o) with a list of columns. */
export function parseTopArguments(args: readonly string[]): string[] | undefined {
  const names: string[] = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!
    const format = /^-?[Aea]*o(.*)$/.exec(argument) ?? /^--format=?(.*)$/.exec(argument)
    if (format) names.push(...(format[1] || args[++index] || '').split(/[,\s]+/).filter(Boolean))
    else if (!/^-?[Aefa]+$/.test(argument)) {
      throw new GantryError('ERR_INVALID_OPTION', `top: '${argument}' is not supported`, {
        hint: "use -ef, or -o with columns such as 'pid,user,rss,cmd'",
      })
    }
  }
  return names.length > 0 ? names : undefined
}

function column(name: string): Column {
  const [key = '', title] = name.split('=', 2)
  const lower = key.toLowerCase()
  const known = Object.hasOwn(aliases, lower) ? aliases[lower]! : lower
  if (!Object.hasOwn(columns, known)) {
    throw new GantryError('ERR_INVALID_OPTION', `top: there is no column '${key}'`, {
      hint: `the columns are ${Object.keys(columns).join(', ')}`,
    })
  }
  return title === undefined ? columns[known]! : { ...columns[known]!, title }
}

function usagePercent(process: Process, nowMs: number): number {
  const livedSeconds = (nowMs - process.startedMs) / 1000
  return livedSeconds > 0 ? Math.min(99, Math.floor((process.cpuSeconds * 100) / livedSeconds)) : 0
}

/** Names of the host, as the host's ps would print them. */
function readUsers(): Map<number, string> {
  const users = new Map<number, string>()
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [name, , uid] = line.split(':')
      if (name && uid && !users.has(Number(uid))) users.set(Number(uid), name)
    }
  } catch {
    // A host without the file has numbers only.
  }
  return users
}
