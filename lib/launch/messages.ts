import {
  type ReplyFields,
  type ReplyName,
  type RequestFields,
  type RequestName,
  replyTable,
  requestTable,
} from './tables.js'

/** A message of a monitor, as read: its fields by name, the bytes after them, and the descriptors that came with it, which the reader owns. */
export type MonitorMessage = {
  [K in ReplyName]: { name: K; id: number; fields: ReplyFields[K]; tail: Buffer; descriptors: number[] }
}[ReplyName]

export type MonitorMessageOf<Name extends ReplyName> = Extract<MonitorMessage, { name: Name }>

/** The most bytes that a tail may have. */
export const maximumTailBytes = 256 * 1024 - 256

const headerBytes = 8
const fieldBytes = 8
const noBytes = new Uint8Array(0)

const isTime = (field: string) => field.endsWith('Ns')

/** The bytes of a request: u32 type, u32 id, an i64 for each field, the tail. */
export function encodeRequest<Name extends RequestName>(
  name: Name,
  id: number,
  fields: RequestFields[Name],
  tail: Uint8Array | string = noBytes,
): Buffer {
  const { type, fields: names } = requestTable[name]
  const bytes = typeof tail === 'string' ? Buffer.from(tail) : tail
  const start = headerBytes + names.length * fieldBytes
  const message = Buffer.allocUnsafe(start + bytes.length)
  message.writeUInt32LE(type, 0)
  message.writeUInt32LE(id, 4)
  const values = fields as Record<string, number | bigint | undefined>
  names.forEach((field, index) => {
    message.writeBigInt64LE(BigInt(values[field] ?? 0), headerBytes + index * fieldBytes)
  })
  message.set(bytes, start)
  return message
}

interface Layout {
  name: ReplyName
  fields: readonly { name: string; isTime: boolean }[]
}

const layouts = new Map<number, Layout>(
  Object.entries(replyTable).map(([name, { type, fields }]) => [
    type,
    { name: name as ReplyName, fields: fields.map((field) => ({ name: field, isTime: isTime(field) })) },
  ]),
)

/** Reads a message; null when its type is unknown (a newer monitor's news), 'short' when it ends before its fields do. */
export function decodeReply(data: Buffer, descriptors: number[]): MonitorMessage | null | 'short' {
  if (data.length < headerBytes) return 'short'
  const layout = layouts.get(data.readUInt32LE(0))
  if (!layout) return null
  const end = headerBytes + layout.fields.length * fieldBytes
  if (data.length < end) return 'short'
  const fields: Record<string, number | bigint> = {}
  let at = headerBytes
  for (const field of layout.fields) {
    fields[field.name] = field.isTime
      ? data.readBigInt64LE(at)
      : data.readInt32LE(at + 4) * 2 ** 32 + data.readUInt32LE(at)
    at += fieldBytes
  }
  // The table says that these are the fields of a message of this name, which the type system cannot follow.
  return {
    name: layout.name,
    id: data.readUInt32LE(4),
    fields,
    tail: data.subarray(end),
    descriptors,
  } as unknown as MonitorMessage
}
