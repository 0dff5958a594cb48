/** The part of Go's text/template, with docker's functions, that --format takes. */
export { TemplateError } from './error.js'
export { type ExecuteOptions, executeTemplate } from './evaluator.js'
export { parseTemplate } from './parser.js'
export { printJson, printValue } from './print.js'
export type { Template } from './syntax.js'
