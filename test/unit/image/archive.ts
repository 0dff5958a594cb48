import { encodeHeader, endOfArchive, padding, type TarEntry } from '../../../lib/image/tar/index.js'

export type Member = Partial<Omit<TarEntry, 'name' | 'linkName' | 'xattrs'>> & { name: string | Buffer; linkName?: string | Buffer; content?: string | Buffer; xattrs?: Record<string, string | Buffer> }

/** An archive of these members, by the writer of lib/image. */
export function archive(members: Member[], end: Buffer = endOfArchive): Buffer {
  return Buffer.concat([...members.flatMap(member), end])
}

/** The header of a member and its content. */
export function member({ name, linkName = '', content = '', xattrs = {}, ...rest }: Member): Buffer[] {
  const body = Buffer.from(content as string)
  const entry: TarEntry = {
    type: 'file', size: body.length, mode: 0o644, uid: 0, gid: 0, mtimeNs: 1_700_000_000_000_000_000n, major: 0, minor: 0, ...rest,
    name: Buffer.from(name as string), linkName: Buffer.from(linkName as string), xattrs: new Map(Object.entries(xattrs).map(([key, value]) => [key, Buffer.from(value as string)])),
  }
  return [encodeHeader(entry), body, padding(body.length)]
}

/** Change bytes of a header block and make its checksum right again. */
export function patched(block: Buffer, change: (block: Buffer) => void): Buffer {
  const copy = Buffer.from(block)
  change(copy)
  copy.write('        ', 148, 'latin1')
  let sum = 0
  for (let index = 0; index < 512; index++) sum += copy[index]!
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return copy
}
