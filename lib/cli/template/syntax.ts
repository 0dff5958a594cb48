/** The tree of a parsed template. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipe: Pipe }
  | { kind: 'if' | 'with'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'break' | 'continue' }
  | { kind: 'template'; name: string; pipe: Pipe | null }

/** Commands joined by |, each given the result of the one before as its last argument. */
export interface Pipe {
  /** `$x :=` or `$i, $x :=` (or `=`) before the first command. */
  variables: string[]
  declares: boolean
  commands: Operand[][]
}

/** A value, with the fields asked of it. `at` is its column, `text` its source, for messages. */
export type Operand =
  | { kind: 'literal'; value: string | number | boolean | null; text: string; at: number }
  | { kind: 'dot'; text: string; at: number }
  | { kind: 'field'; path: string[]; text: string; at: number }
  | { kind: 'variable'; name: string; path: string[]; text: string; at: number }
  | { kind: 'function'; name: string; text: string; at: number }
  | { kind: 'group'; pipe: Pipe; path: string[]; text: string; at: number }

export interface Template {
  body: Node[]
  definitions: Map<string, Node[]>
  source: string
}
