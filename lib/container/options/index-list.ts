/** Lists of processors and memory nodes as the kernel writes them: `0-3,7`. */

export type IndexRange = readonly [first: number, last: number]

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/

/** undefined when the text is not such a list. */
export function parseIndexList(text: string): IndexRange[] | undefined {
  const ranges: IndexRange[] = []
  for (const part of text.split(',')) {
    const match = RANGE.exec(part.trim())
    if (!match) return undefined
    const first = Number(match[1])
    const last = Number(match[2] ?? first)
    if (last < first) return undefined
    ranges.push([first, last])
  }
  return ranges
}

/** The first index of the list that is in none of the available ranges. */
export function firstMissing(wanted: readonly IndexRange[], available: readonly IndexRange[]): number | undefined {
  for (const [first, last] of wanted) {
    for (let index = first; index <= last; index++) {
      if (!available.some(([from, to]) => index >= from && index <= to)) return index
    }
  }
  return undefined
}

export function formatIndexList(ranges: readonly IndexRange[]): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',')
}
