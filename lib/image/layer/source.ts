import { createReadStream, statSync } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { GantryError } from '../../errors/index.js'
import { closeDescriptor, currentDirectory, Open, openIn } from '../../native/index.js'
import { ioError, systemCode } from '../../store/index.js'
import { invalidArchive } from '../tar/index.js'
import { packDirectory } from './pack.js'

/** Where a layer comes from: the path of an archive or of a directory, a stream of an archive, or its bytes. */
export type LayerSource = string | URL | Readable | Uint8Array

export interface OpenSource {
  /** The bytes of the archive, uncompressed. */ chunks: AsyncIterable<Buffer> | Iterable<Buffer>
  /** For messages. */ description: string
}

/** Open a source as an uncompressed tar stream. */
export async function openSource(source: LayerSource, signal?: AbortSignal): Promise<OpenSource> {
  if (typeof source === 'string' || source instanceof URL) return openPath(source instanceof URL ? decodeURIComponent(source.pathname) : source, signal)
  if (source instanceof Uint8Array) return { chunks: decompressed(Readable.from(sliced(source), { objectMode: false }), signal), description: 'the bytes' }
  if (isStream(source)) return { chunks: decompressed(source, signal), description: 'the stream' }
  throw new GantryError('ERR_INVALID_OPTION', 'The source of an image must be the path of an archive or a directory, a stream, or bytes')
}

function openPath(path: string, signal?: AbortSignal): OpenSource {
  if (path === '' || path.includes('\0')) throw new GantryError('ERR_INVALID_OPTION', 'The source of an image must not be empty')
  const status = statSource(path)
  if (status.isDirectory()) return { chunks: packedPath(path), description: path }
  if (!status.isFile() && !status.isFIFO()) throw new GantryError('ERR_INVALID_OPTION', `${path} is neither an archive nor a directory`, { path })
  return { chunks: decompressed(createReadStream(path, { highWaterMark: 256 * 1024 }), signal), description: path }
}

function statSource(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw ioError(`Cannot read ${path}`, error, { path })
    throw new GantryError('ERR_PATH_NOT_FOUND', `There is no archive or directory ${path}`, { path, cause: error })
  }
}

function* packedPath(path: string): Generator<Buffer> {
  const root = openIn(currentDirectory, path, Open.READ | Open.DIRECTORY, 0, 0)
  try {
    yield* packDirectory(root)
  } finally {
    closeDescriptor(root)
  }
}

function* sliced(bytes: Uint8Array): Generator<Buffer> {
  const size = 256 * 1024
  for (let start = 0; start < bytes.length; start += size) yield Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(size, bytes.length - start))
}

/** Decompress by the first bytes: gzip, zstd where this Node has it, or nothing. */
async function* decompressed(input: Readable, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const iterator = input.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer | string, undefined>
  let head: Buffer = Buffer.alloc(0)
  let ended = false
  while (head.length < 6 && !ended) {
    const next = await iterator.next()
    ended = next.done === true
    if (!next.done) head = Buffer.concat([head, bufferOf(next.value)])
  }
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      if (head.length) yield head
      for (let next = ended ? undefined : await iterator.next(); next && !next.done; next = await iterator.next()) yield bufferOf(next.value)
    } finally {
      await iterator.return?.()
    }
  }
  const decoder = decoderFor(head)
  if (!decoder) return yield* whole()
  const compressed = Readable.from(whole(), { objectMode: false })
  const failed: { error?: Error } = {}
  pipeline(compressed, decoder, (error) => {
    failed.error = error ?? undefined
  })
  try {
    for await (const chunk of decoder) yield chunk as Buffer
  } catch (error) {
    if (signal?.aborted) throw error
    if (/^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(String((error as { code?: unknown }).code))) throw invalidArchive('its compressed data is damaged', undefined, error)
    throw error
  } finally {
    compressed.destroy()
    decoder.destroy()
  }
}

function decoderFor(head: Buffer): (NodeJS.ReadWriteStream & { destroy(): unknown }) | undefined {
  const starts = (...bytes: number[]) => head.length >= bytes.length && bytes.every((byte, index) => head[index] === byte)
  if (starts(0x1f, 0x8b)) return zlib.createGunzip({ chunkSize: 256 * 1024 })
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) {
    const create = (zlib as unknown as { createZstdDecompress?: () => NodeJS.ReadWriteStream & { destroy(): unknown } }).createZstdDecompress
    if (create) return create()
    throw unsupported('zstd', `Node ${process.versions.node} cannot read it`, 'use Node 22.15 or later, or decompress it first: zstd -d')
  }
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) throw unsupported('xz', 'Gantry does not read it', 'decompress it first: xz -d')
  if (starts(0x42, 0x5a, 0x68)) throw unsupported('bzip2', 'Gantry does not read it', 'decompress it first: bzip2 -d')
  return undefined
}

function unsupported(format: string, reason: string, hint: string): GantryError {
  return new GantryError('ERR_NOT_SUPPORTED', `The archive is compressed with ${format}: ${reason}`, { hint })
}

function bufferOf(chunk: Buffer | string | Uint8Array): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'latin1')
  if (Buffer.isBuffer(chunk)) return chunk
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new GantryError('ERR_INVALID_OPTION', 'The stream of an archive must give bytes')
}

function isStream(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && typeof (value as Readable).iterator === 'function' && typeof (value as Readable).pipe === 'function'
}
