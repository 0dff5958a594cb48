import { toDate } from '../time.js'

/** Something that happened, as it stands in the journal and as users see it. */
export interface JournalEvent {
  time: Date
  /** Nanoseconds since the epoch. */ timeNs: bigint
  /** 'container', 'image', 'network' or 'volume'. */ type: string
  /** Docker's name of the event: 'start', 'die', ... */ action: string
  id: string
  attributes: Record<string, string>
}

/** What is appended: the time is now unless given. */
export interface NewEvent {
  type: string
  action: string
  id: string
  attributes?: Record<string, string>
  timeNs?: bigint
}

/** Longer lines are not written, and skipped by readers. */
export const longestLine = 64 * 1024

const longestValue = 4096
const attributeBudget = 48 * 1024

/**
 * Attributes that fit into a line of the journal: long values are cut, and what is beyond the budget is left out, the last ones first.
 * Put the important ones first.
 */
export function boundAttributes(attributes: Record<string, string>): Record<string, string> {
  const bounded: Record<string, string> = Object.create(null)
  let used = 0
  for (const [key, value] of Object.entries(attributes)) {
    const text = String(value)
    const cut = text.length > longestValue ? `${text.slice(0, longestValue)}...` : text
    // Control characters become six bytes in JSON, others at most three bytes a UTF-16 unit.
    const cost = Buffer.byteLength(JSON.stringify(key)) + Buffer.byteLength(JSON.stringify(cut)) + 2
    if (used + cost > attributeBudget) continue
    used += cost
    bounded[key] = cut
  }
  return bounded
}

/** An event as a line of the journal, with its newline. */
export function formatEvent(event: NewEvent, timeNs: bigint): string {
  const line = { timeNs: String(timeNs), type: event.type, action: event.action, id: event.id, attributes: boundAttributes(event.attributes ?? {}) }
  return `${JSON.stringify(line)}\n`
}

/** The event in a line, or undefined when the line is torn or foreign. What follows a torn beginning on the same line is found. */
export function parseEvent(line: string): JournalEvent | undefined {
  const whole = parseObject(line)
  if (whole) return whole
  const start = line.lastIndexOf('{"timeNs":')
  return start > 0 ? parseObject(line.slice(start)) : undefined
}

function parseObject(text: string): JournalEvent | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { timeNs, type, action, id, attributes } = value
  if (typeof timeNs !== 'string' || !/^\d{1,20}$/.test(timeNs)) return undefined
  if (typeof type !== 'string' || typeof action !== 'string' || typeof id !== 'string') return undefined
  const time = BigInt(timeNs)
  return { time: toDate(time), timeNs: time, type, action, id, attributes: textsOf(attributes) }
}

/** Into a fresh object without a prototype's setters: a label may be called __proto__. */
function textsOf(value: unknown): Record<string, string> {
  const texts: [string, string][] = []
  if (typeof value === 'object' && value !== null) {
    for (const [key, text] of Object.entries(value)) if (typeof text === 'string') texts.push([key, text])
  }
  return Object.fromEntries(texts)
}
