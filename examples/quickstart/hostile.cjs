// What hostile code might try. It runs inside the sandbox and prints one JSON line for each attempt; argv: a secret file of the host,
// a process of the host, a port of the host.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')

const [secret, pid, port] = process.argv.slice(1)

/** A program that must fail; null when it is not installed, so that nothing was tried. */
function program(name, ...args) {
  const { error, status, stderr } = spawnSync(name, args, { encoding: 'utf8' })
  if (error) return null
  if (status !== 0) throw new Error(stderr.trim().split('\n')[0])
}

function connect() {
  return new Promise((resolve, reject) =>
    net.connect(Number(port), '127.0.0.1').on('connect', resolve).on('error', reject),
  )
}

/** The names of all processes that it can see; its own are node and the init of its container. */
function seeOthers() {
  const numbers = fs.readdirSync('/proc').filter((name) => Number(name) > 0)
  const names = numbers.map((number) => fs.readFileSync(`/proc/${number}/comm`, 'utf8').trim())
  if (names.length <= 3) throw new Error(`it sees only its own: ${names.join(', ')}`)
}

const attempts = {
  "read the host's /etc/shadow": () => fs.readFileSync('/etc/shadow'),
  'read a secret file of the host': () => fs.readFileSync(secret),
  'look for it through process 1': () => fs.readFileSync(`/proc/1/root${secret}`),
  'see the processes of the host': seeOthers,
  'kill a process of the host': () => process.kill(Number(pid), 'SIGKILL'),
  'reach a server on the host': connect,
  'mount a file system': () => program('mount', '-t', 'tmpfs', 'none', '/mnt'),
  'make a disk device': () => program('mknod', '/tmp/disk', 'b', '8', '0'),
  'get a new user namespace': () => program('unshare', '--user', 'true'),
  'change the kernel (/proc/sys)': () => fs.writeFileSync('/proc/sys/kernel/core_pattern', '|/tmp/evil'),
  'write to /usr': () => fs.writeFileSync('/usr/bin/evil', 'evil'),
}

async function main() {
  for (const [what, attempt] of Object.entries(attempts)) {
    let outcome = 'succeeded'
    let message = ''
    try {
      if ((await attempt()) === null) outcome = 'not tried'
    } catch (error) {
      outcome = 'refused'
      message = error.message
    }
    console.log(JSON.stringify({ what, outcome, message }))
  }
}
main()
