import { executeTemplate, parseTemplate } from '../template/index.js'
import { alignColumns } from './table.js'
import { oneLine, withoutControls } from './text.js'

/** How rows are printed: their default table and the heading of each field. */
export interface Listing {
  table: string
  /** Printed for each row instead, with --quiet. */
  quiet: string
  headings: Readonly<Record<string, string>>
}

/** One row: fields are texts, usually getters, so that only what is shown is computed; functions take arguments ({{.Label "x"}}). */
export type Row = object

export interface ListingOptions {
  format?: string | undefined
  quiet?: boolean
  /** Whether the reader is a terminal, which control characters could act upon. */
  terminal: boolean
}

const same = (value: unknown) => value
const headingFunctions = { json: same, split: same, join: same, title: same, lower: same, upper: same, truncate: same }

/** The lines of a listing, by docker's rules for --format: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'. */
export function listingLines(listing: Listing, rows: readonly Row[], options: ListingOptions): string[] {
  let format = (options.format ?? '').trim()
  if (format === '' || format === 'table') format = options.quiet ? listing.quiet : `table ${listing.table}`
  if (format === 'json') format = '{{json .}}'
  const asTable = /^table(?=\s|\\t|\{)/.test(format)
  const source = (asTable ? format.slice(5).trim() : format).replaceAll('\\t', '\t').replaceAll('\\n', '\n')
  const template = parseTemplate(source)
  const clean = !options.terminal ? {} : { clean: asTable ? oneLine : withoutControls }
  const lines = rows.map((row) => executeTemplate(template, row, clean))
  if (!asTable) return lines
  const headings = { ...listing.headings, Label: headingOfLabel }
  const heading = executeTemplate(template, headings, { functions: headingFunctions })
  return alignColumns([heading, ...lines].flatMap((line) => line.split('\n')))
}

function headingOfLabel(name: unknown): string {
  return String(name).split('.').at(-1)!.replace(/[-_]/g, ' ')
}
