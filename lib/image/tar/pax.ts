import { invalidArchive } from './entry.js'

/** The records of a PAX extended header, in their order; a key may come twice (GNU's sparse files of version 0.0). */
export type PaxRecords = [key: string, value: Buffer][]

const equals = 0x3d
const newline = 0x0a

/** "length key=value\n", the length counting the whole record. Values are bytes: extended attributes are binary. */
export function parsePax(bytes: Buffer): PaxRecords {
  const records: PaxRecords = []
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start)
    const digits = space < 0 || space - start > 10 ? '' : bytes.toString('latin1', start, space)
    const end = start + (/^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0)
    if (end <= space + 1 || end > bytes.length || bytes[end - 1] !== newline) throw invalidArchive('a PAX record has a wrong length')
    const separator = bytes.indexOf(equals, space)
    if (separator < 0 || separator >= end - 1 || separator === space + 1) throw invalidArchive('a PAX record has no key')
    records.push([bytes.toString('utf8', space + 1, separator), Buffer.from(bytes.subarray(separator + 1, end - 1))])
    start = end
  }
  return records
}

/** A decimal number of a PAX record, without sign or fraction. */
export function paxNumber(value: Buffer, key: string): number {
  const text = value.toString('latin1')
  const result = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(result)) throw invalidArchive(`the PAX record ${key} is not a number`)
  return result
}

/** Nanoseconds of a PAX time: seconds with an optional fraction. */
export function paxTime(value: Buffer, key: string): bigint {
  const match = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(value.toString('latin1'))
  if (!match) throw invalidArchive(`the PAX record ${key} is not a time`)
  const amount = BigInt(match[2]!) * 1_000_000_000n + BigInt((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  return match[1] ? -amount : amount
}

/** One record as bytes. */
export function formatPax(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}
