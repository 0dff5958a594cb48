// Medians, and one table for every benchmark.
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)]
}

export const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))]

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs each candidate once in turn, `rounds` times, so that what disturbs the machine disturbs all alike. */
export async function alternate(candidates, rounds, gapMs = 0) {
  const times = new Map(candidates.map(({ name }) => [name, []]))
  for (let round = -2; round < rounds; round++) {
    for (const { name, once } of candidates) {
      if (gapMs) await pause(gapMs)
      const begin = performance.now()
      // A candidate that runs elsewhere says itself how long it took.
      const own = await once()
      // The first rounds warm caches and are not counted.
      if (round >= 0) times.get(name).push(typeof own === 'number' ? own : performance.now() - begin)
    }
  }
  return times
}

/** The same, each candidate in a block of its own: back to back means after itself. */
export async function blocks(candidates, rounds, repeats = 3) {
  const times = new Map(candidates.map(({ name }) => [name, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const { name, once, slow } of candidates) {
      const count = slow ? Math.ceil(rounds / 10) : rounds
      for (let i = -3; i < count; i++) {
        const begin = performance.now()
        const own = await once()
        if (i >= 0) times.get(name).push(typeof own === 'number' ? own : performance.now() - begin)
      }
    }
  }
  return times
}

export function table(title, times, baseline) {
  console.log(`\n${title}`)
  const base = baseline && times.get(baseline)?.length ? median(times.get(baseline)) : undefined
  console.log(`  ${'what'.padEnd(26)}${'median ms'.padStart(11)}${'p95 ms'.padStart(10)}${base ? `of ${baseline}`.padStart(12) : ''}`)
  for (const [name, values] of times) {
    if (values.length === 0) continue
    const middle = median(values)
    console.log(`  ${name.padEnd(26)}${middle.toFixed(2).padStart(11)}${percentile(values, 0.95).toFixed(2).padStart(10)}${base ? (middle / base).toFixed(2).padStart(12) : ''}`)
  }
}
