/**
 * Aligns lines of cells that a tab ends, as Go's tabwriter does for docker: a column is as wide as its widest cell and `padding`,
 * at least `least`; the last cell of a line, which no tab ends, has no say.
 */
export function alignColumns(lines: readonly string[], least = 10, padding = 3): string[] {
  const rows = lines.map((line) => line.split('\t'))
  const widths: number[] = []
  for (const row of rows) {
    for (let i = 0; i < row.length - 1; i++) widths[i] = Math.max(widths[i] ?? least, width(row[i]!) + padding)
  }
  return rows.map((row) => row.map((cell, i) => (i < row.length - 1 ? cell + ' '.repeat(widths[i]! - width(cell)) : cell)).join(''))
}

/** The characters of a text, as Go counts them. */
function width(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
