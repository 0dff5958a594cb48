/** From system call numbers to what is decided about each: a balanced tree over runs of numbers with one decision. */
import type { Graph, Node } from './assembler.js'

/** Numbers from `start` up to the start of the next run. */
export interface Run {
  start: number
  node: Node
}

/** Decisions by number as runs from `base` upwards: gaps get the fallback, what lies beyond the highest number `beyond`. */
export function runs(decisions: ReadonlyMap<number, Node>, base: number, fallback: Node, beyond: Node): Run[] {
  const list: Run[] = [{ start: base, node: fallback }]
  let next = base
  for (const number of [...decisions.keys()].sort((one, other) => one - other)) {
    if (number > next) list.push({ start: next, node: fallback })
    list.push({ start: number, node: decisions.get(number) as Node })
    next = number + 1
  }
  if (decisions.size > 0) list.push({ start: next, node: beyond })
  return list
}

/** Expects the number in the accumulator. Every leaf is as many tests away as any other, give or take one. */
export function searchTree(graph: Graph, list: readonly Run[]): Node {
  const distinct = list
    .filter((run, index) => run.start !== list[index + 1]?.start)
    .filter((run, index, all) => run.node !== all[index - 1]?.node)
  return subtree(graph, distinct, 0, distinct.length - 1)
}

function subtree(graph: Graph, list: readonly Run[], from: number, to: number): Node {
  if (from === to) return (list[from] as Run).node
  const middle = (from + to + 1) >> 1
  const above = subtree(graph, list, middle, to)
  const below = subtree(graph, list, from, middle - 1)
  return graph.jump('notLess', (list[middle] as Run).start, above, below)
}
