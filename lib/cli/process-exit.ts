import { main } from './main.js'

/** What bin/gantry.js calls: runs the process's command line, and ends the process with its code once all is written. */
export async function runProcess(): Promise<void> {
  // A reader that has gone (`gantry ps | head -1`) ends us as SIGPIPE would: without a word.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 141 : 1)
    })
  }
  const code = await main(process.argv.slice(2))
  // Files and pipes are written synchronously on Linux, but a pipe that is full may still hold some back.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
