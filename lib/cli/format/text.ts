/** Cuts a text to `width` characters, the last of them an ellipsis. */
export function ellipsis(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`
}

/** The twelve digits by which an id is shown; an image's without its algorithm. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Takes from a text what could act on a terminal: control characters but newline and tab, and marks that turn the direction of writing. */
export function withoutControls(text: string): string {
  return text.replace(controls, '')
}

/** As `withoutControls`, for one cell of a table: newlines and tabs become spaces. */
export function oneLine(text: string): string {
  return withoutControls(text.replace(/[\n\t]/g, ' '))
}

/** A text in quotes, as Go's strconv.Quote. */
export function goQuote(text: string): string {
  return JSON.stringify(text)
}
