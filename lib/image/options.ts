import { z } from 'zod'
import { GantryError } from '../errors/index.js'
import type { ImportOptions } from './import.js'

const limit = z.number().int().positive()

/** The options of Image.import. */
export const importOptionsSchema = z.strictObject({
  name: z.string().optional(),
  changes: z.array(z.string()).optional(),
  message: z.string().max(4096).optional(),
  platform: z.string().optional(),
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: z.custom<NonNullable<ImportOptions['onProgress']>>((value) => typeof value === 'function', 'expected a function').optional(),
  limits: z.strictObject({ entries: limit, bytes: limit, path: limit.max(4095), depth: limit.max(1024) }).partial().optional(),
})

export function checkImportOptions(options: ImportOptions): ImportOptions {
  const parsed = importOptionsSchema.safeParse(options)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const place = issue.path.join('.')
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  throw new GantryError('ERR_INVALID_OPTION', unknown ? `Image.import has no option ${JSON.stringify(unknown)}` : `The option ${place || 'object'} of Image.import is not valid: ${issue.message}`, {
    hint: `the options are ${Object.keys(importOptionsSchema.shape).join(', ')}`,
  })
}
