import { execFileSync } from 'node:child_process'

/** Every file of a tree with its kind, mode, owner, size, time, link and number of names, one a line. */
export function describeTree(path: string): string[] {
  const format = ['-type', 'd', '-printf', '%P %y %m %U %G %T@\\n', '-o', '-type', 'l', '-printf', '%P %y %U %G %T@ %l\\n', '-o', '-printf', '%P %y %m %U %G %T@ %s %n\\n']
  const text = execFileSync('find', ['.', ...format], { cwd: path, maxBuffer: 1 << 28, encoding: 'latin1', env: { ...process.env, LC_ALL: 'C' } })
  return text.trim().split('\n').sort()
}

const special = /^File .* is a (?:fifo|character special file|block special file) while .*\n/gm

/** What differs in the content of two trees; empty when nothing does. Devices are not opened. */
export function differences(one: string, other: string): string {
  try {
    return execFileSync('diff', ['-r', '--no-dereference', '-q', one, other], { encoding: 'utf8', maxBuffer: 1 << 26 }).replace(special, '')
  } catch (error) {
    return (error as { stdout: string }).stdout.replace(special, '')
  }
}
