/** The lines of a job's two streams, in the order in which they were completed. */
import { StringDecoder } from 'node:string_decoder'
import type { Line } from '../types.js'
import type { OutputStream } from './output.js'

/** Lines that wait to be taken before the program is held back. */
const mostWaiting = 1024

interface Source {
  resume: () => void
  leave: () => void
}

/** A line without a newline at the end of a stream counts; a carriage return before the newline is left off. */
export async function* readLines(streams: { stdout: OutputStream; stderr: OutputStream }, finished: Promise<unknown>): AsyncGenerator<Line, void, undefined> {
  const waiting: Line[] = []
  const sources: Source[] = []
  let open = 2
  let wake = () => {}
  const consume = (name: 'stdout' | 'stderr') => {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    const take = (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) waiting.push({ stream: name, text: line.endsWith('\r') ? line.slice(0, -1) : line })
      wake()
    }
    sources.push(
      streams[name].consume({
        chunk: (data) => {
          take(decoder.write(data))
          return waiting.length < mostWaiting
        },
        end: () => {
          take(decoder.end())
          if (rest !== '') waiting.push({ stream: name, text: rest })
          open--
          wake()
        },
      }),
    )
  }
  consume('stdout')
  consume('stderr')
  try {
    for (;;) {
      const lines = waiting.splice(0)
      yield* lines
      if (waiting.length > 0) continue
      if (open === 0) break
      const more = new Promise<void>((resolve) => (wake = resolve))
      for (const source of sources) source.resume()
      if (waiting.length > 0 || (open as number) === 0) continue
      await more
    }
    // What went wrong with the job is said here, too.
    await finished
  } finally {
    for (const source of sources) source.leave()
  }
}
