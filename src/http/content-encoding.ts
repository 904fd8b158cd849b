/** Compressed responses: the coding that a client prefers (RFC 9110, 12.5.3), and the encoders of an event loop. */
import zlib from 'node:zlib'
import { memoize } from './media-type.ts'

/** A coding of a body, as its header names it. */
export type Coding = 'gzip' | 'zstd'

/** The part of a transform of node:zlib that is used. It compresses on libuv's threads. */
type Transform = zlib.Gzip & { destroy(): unknown }

/** The functions and constants of zstd, which Node.js has since 22.15. */
interface Zstd {
  readonly createZstdCompress?: (options: object) => Transform
  readonly createZstdDecompress?: (options: object) => zlib.Gunzip
  readonly constants: Readonly<Record<string, number>>
}

/** The part of node:zlib that its types do not know yet. */
export const zstd = zlib as unknown as Zstd

/** A coding in lower case; `x-gzip` is an old name of gzip (RFC 9110, 8.4.1.3). */
export function codingName(text: string): string {
  return text.trim().toLowerCase().replace(/^x-/, '')
}

/** The fastest level, and a window of 16 KiB: an encoder has about 128 KiB. */
const GZIP = { level: 1, windowBits: 14, memLevel: 7, chunkSize: 64 * 1024 }
/** The fastest level, and a window of 128 KiB. */
const ZSTD = {
  chunkSize: 64 * 1024,
  params: {
    [zstd.constants['ZSTD_c_compressionLevel'] ?? 0]: 1,
    [zstd.constants['ZSTD_c_windowLog'] ?? 0]: 17,
  },
}

interface CodingRow {
  readonly name: Coding
  readonly create: () => Transform
  /** Makes a transform write all that it has. */
  readonly flush: number
}

/** In the order of preference. */
const CODINGS: readonly CodingRow[] = [
  ...(zstd.createZstdCompress
    ? [
        {
          name: 'zstd' as const,
          create: () => (zstd.createZstdCompress as NonNullable<Zstd['createZstdCompress']>)(ZSTD),
          flush: zstd.constants['ZSTD_e_flush'] as number,
        },
      ]
    : []),
  {
    name: 'gzip',
    create: () => zlib.createGzip(GZIP) as Transform,
    flush: zlib.constants.Z_SYNC_FLUSH,
  },
]

/** `coding` or `coding;q=weight`. */
const PREFERENCE = /^[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?[ \t]*$/i

/** The coding of an Accept-Encoding header; undefined for none, also if the header is malformed. */
export const codingOf: (acceptEncoding: string) => Coding | undefined = memoize((header) => {
  const weights = new Map<string, number>()
  for (const item of header === '' ? [] : header.split(',')) {
    const [, coding, weight = '1'] = PREFERENCE.exec(item) ?? []
    if (coding === undefined) return undefined
    weights.set(codingName(coding), Number(weight))
  }
  let best: Coding | undefined
  let bestWeight = 0
  for (const { name } of CODINGS) {
    const weight = weights.get(name) ?? weights.get('*') ?? 0
    if (weight > bestWeight) {
      best = name
      bestWeight = weight
    }
  }
  return best
})

/** Compresses the pieces of one response, in their order. */
export class Encoder {
  readonly coding: Coding
  readonly #transform: Transform
  readonly #flush: number
  readonly #onClose: () => void
  #output: Uint8Array[] = []
  #isClosed = false

  constructor({ name, create, flush }: CodingRow, onClose: () => void) {
    this.coding = name
    this.#flush = flush
    this.#onClose = onClose
    this.#transform = create()
    this.#transform.on('data', (bytes: Uint8Array) => this.#output.push(bytes))
  }

  /**
   * Compresses a copy of a piece. Calls `done` with bytes of which the client can read all pieces so far; not after
   * close().
   */
  encode(piece: Uint8Array, isLast: boolean, done: (encoded: Uint8Array) => void): void {
    // Another thread reads the bytes, which a sender may overwrite as soon as the client has left.
    const copy = Buffer.from(piece)
    const deliver = () => {
      if (this.#isClosed) return
      const encoded = Buffer.concat(this.#output)
      this.#output = []
      if (isLast) this.close()
      done(encoded)
    }
    if (isLast) {
      this.#transform.once('end', deliver)
      this.#transform.end(copy)
    } else {
      this.#transform.write(copy)
      this.#transform.flush(this.#flush, deliver)
    }
  }

  /** Frees the memory. May be called twice. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#transform.destroy()
    this.#onClose()
  }
}

/** The most responses that are compressed at a time; they take about 32 MiB. Others are not compressed. */
const MAX_ENCODERS = 256

/** The compression of an event loop's responses. */
export class Compression {
  readonly #minBytes: number
  #open = 0

  /** @param minBytes `compression.min.bytes` */
  constructor(minBytes: number) {
    this.#minBytes = minBytes
  }

  /** Whether a body of this size is compressed. */
  isWorthwhile(bytes: number): boolean {
    return bytes >= this.#minBytes
  }

  /** Undefined if too many are open. */
  open(coding: Coding): Encoder | undefined {
    const row = CODINGS.find(({ name }) => name === coding)
    if (!row || this.#open >= MAX_ENCODERS) return undefined
    this.#open++
    return new Encoder(row, () => {
      this.#open--
    })
  }
}
