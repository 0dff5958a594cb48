// A hundred jobs, a few at a time: a bounded pool in ten lines, and how many a second that makes.
// Run it with: node examples/parallel-jobs.js

import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { Engine } from 'gantry'

const home = mkdtempSync(`${tmpdir()}/gantry-example-`)
const engine = await Engine.open({ root: `${home}/root`, runRoot: `${home}/run` })

/** Runs `work` for every item, at most `width` at once; results in the order of the items. */
async function pool(items, width, work) {
  const results = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

const numbers = Array.from({ length: 100 }, (_, index) => index + 1)
const width = availableParallelism() * 2
const started = performance.now()
const squares = await pool(numbers, width, async (number) => {
  const { stdout } = await engine.run('host', ['sh', '-c', `echo $((${number} * ${number}))`], {
    limits: 'strict',
    check: true,
  })
  return Number(stdout)
})
const seconds = (performance.now() - started) / 1000

const sum = squares.reduce((total, square) => total + square, 0)
console.log(
  `${squares.length} jobs, ${width} at a time, ${Math.round(squares.length / seconds)} a second; the sum of the squares is ${sum}`,
)
if (sum !== 338350) process.exitCode = 1

await engine.close()
rmSync(home, { recursive: true, force: true })
