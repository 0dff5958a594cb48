/** The check of --filter: 'name=value'. */
export function checkFilter(text: string): void {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new Error('bad format of filter (expected name=value)')
}

/** Filters as the SDK takes them: the values of each name, in their order. */
export function filtersOf(texts: readonly string[]): Record<string, string[]> {
  const filters: Record<string, string[]> = Object.create(null)
  for (const text of texts) {
    const equals = text.indexOf('=')
    const name = text.slice(0, equals).trim().toLowerCase()
    filters[name] = [...(filters[name] ?? []), text.slice(equals + 1).trim()]
  }
  return filters
}
