import { GantryError } from '../../errors/index.js'
import { parseDuration } from '../../oci/index.js'

/**
 * A point in time, in nanoseconds since the epoch: a Date, milliseconds since the epoch, an RFC 3339 text, a text of Unix
 * seconds with an optional fraction ('1763769162.5'), or a text such as '1h30m' for so long ago.
 */
export function parseMoment(option: string, moment: Date | number | string, nowMs = Date.now()): bigint {
  const milliseconds = typeof moment === 'string' ? undefined : Number(moment)
  if (milliseconds !== undefined) {
    if (!Number.isFinite(milliseconds)) throw invalid(option, moment)
    return BigInt(Math.round(milliseconds * 1000)) * 1000n
  }
  const text = String(moment).trim()
  const unix = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text)
  if (unix) return BigInt(unix[1]!) * 1_000_000_000n + BigInt((unix[2] ?? '').padEnd(9, '0'))
  if (/^[\d.]+[a-zµμ][\d.a-zµμ]*$/.test(text)) return BigInt(Math.round(nowMs - parseDuration(text))) * 1_000_000n
  const date = /^(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  const parsed = date
    ? Date.parse(`${date[1]!.replace(' ', 'T')}${date[1]!.length > 10 ? (date[3] ?? '') : 'T00:00:00'}`)
    : Number.NaN
  if (Number.isNaN(parsed)) throw invalid(option, moment)
  return BigInt(parsed) * 1_000_000n + BigInt((date?.[2] ?? '').padEnd(9, '0'))
}

function invalid(option: string, moment: unknown): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `${option}: ${JSON.stringify(moment)} is not a point in time`, {
    hint: "use a Date, milliseconds since the epoch, '2026-01-31T12:00:00Z', Unix seconds as a text, or '10m' for ten minutes ago",
  })
}
