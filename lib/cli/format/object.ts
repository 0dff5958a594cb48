import { type ExecuteOptions, executeTemplate, parseTemplate, printJson } from '../template/index.js'

/** One object as --format asks: 'json', or a template. */
export function printObject(value: unknown, format: string, options: ExecuteOptions = {}): string {
  return format.trim() === 'json' ? printJson(value) : executeTemplate(parseTemplate(format), value, options)
}
