// Runs peers in a mount namespace of its own, without the v2 tree that stands beside the v1 hierarchies of a hybrid machine: Debian's crun refuses to
// run where it has a controller. One line a request ([command, ...arguments]), one line an answer (milliseconds, or an error).
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = JSON.parse(line)
  const begin = performance.now()
  const code = await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    child.on('error', () => resolve(127))
    child.on('exit', (status, signal) => resolve(status ?? signal))
  })
  process.stdout.write(`${code === 0 ? performance.now() - begin : `"${command} ended with ${code}"`}\n`)
}
