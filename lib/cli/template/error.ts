import { GantryError } from '../../errors/index.js'

/** A template that cannot be parsed, or that asks for what is not there. The words and places are those of Go's text/template. */
export class TemplateError extends GantryError {
  constructor(message: string, source: string, at: number, column = false) {
    const before = source.slice(0, at).split('\n')
    const place = column ? `${before.length}:${Buffer.byteLength(before.at(-1)!)}` : `${before.length}`
    super('ERR_INVALID_OPTION', `template parsing error: template: :${place}: ${message}`)
  }
}
