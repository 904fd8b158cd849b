/**
 * The stage between the connection and a request body that is compressed (RFC 9110, 8.4.1). libuv's threads
 * decompress it. The connection is paused while more waits for them than a few pieces, and while the body itself is
 * paused. The limits of the body hold for the decompressed bytes.
 */
import zlib from 'node:zlib'
import { RestError } from '../errors.ts'
import { codingName, zstd } from './content-encoding.ts'
import type { IncomingBody } from './exchange.ts'
import type { BodyExchange, RequestBody } from './request-body.ts'

const CHUNK = { chunkSize: 64 * 1024 }

const { createZstdDecompress } = zstd

const DECODERS: ReadonlyMap<string, () => zlib.Gunzip | zlib.Inflate> = new Map([
  ['gzip', () => zlib.createGunzip(CHUNK)],
  ['deflate', () => zlib.createInflate(CHUNK)],
  ...(createZstdDecompress ? [['zstd', () => createZstdDecompress(CHUNK)] as const] : []),
])

/** The codings of bodies, as Content-Encoding names them. */
export const DECODED_CODINGS: readonly string[] = [...DECODERS.keys()]

/** Whether a body with this Content-Encoding has to be decompressed. */
export function isEncoded(contentEncoding: string): boolean {
  return contentEncoding !== '' && codingName(contentEncoding) !== 'identity'
}

/** Whether a body with this Content-Encoding can be read. */
export function decodes(contentEncoding: string): boolean {
  return !isEncoded(contentEncoding) || DECODERS.has(codingName(contentEncoding))
}

/** Compressed bytes that may wait for the threads. */
const MAX_WAITING_BYTES = 64 * 1024
/** A body that grows by more is not data, but an attempt to use memory and time. */
const MAX_RATIO = 200
/** Smaller bodies may grow by more. */
const FREE_BYTES = 2 ** 20

const NO_BYTES = new ArrayBuffer(0)

/** See the top of this file. Owned by its exchange, which calls onOver(). */
export class BodyDecoder implements IncomingBody, BodyExchange {
  hasEnded = false
  readonly #exchange: BodyExchange
  readonly #coding: string
  readonly #stream: zlib.Gunzip | zlib.Inflate
  #body: RequestBody | undefined
  #isOver = false
  #receivedBytes = 0
  #decodedBytes = 0
  #waitingBytes = 0
  /** Whether the body itself has paused. */
  #isPaused = false

  /** @param contentEncoding one that `decodes` accepts */
  constructor(exchange: BodyExchange, contentEncoding: string) {
    this.#exchange = exchange
    this.#coding = codingName(contentEncoding)
    const create = DECODERS.get(this.#coding)
    if (!create) throw new Error(`a body in ${contentEncoding} cannot be decoded`)
    this.#stream = create()
  }

  /** Set once, before the first piece. */
  set body(body: RequestBody) {
    this.#body = body
    const unlessOver = (work: () => void) => this.#isOver || this.guard(work)
    this.#stream.on('data', (bytes: Buffer) => unlessOver(() => this.#pass(bytes, body)))
    this.#stream.on('end', () => unlessOver(() => body.receive(NO_BYTES, true)))
    this.#stream.on('error', () => unlessOver(() => this.#refuse('BAD_REQUEST', this.#malformed)))
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  get contentLength(): string {
    return this.#exchange.contentLength
  }

  get hasBody(): boolean {
    return this.#exchange.hasBody
  }

  get readWaitMs(): number {
    return this.#exchange.readWaitMs
  }

  receive(piece: ArrayBuffer, isLast: boolean): void {
    if (this.#isOver) return
    // The time of the body begins, although nothing of it can be read yet.
    if (this.#receivedBytes === 0 && !isLast) this.#body?.receive(NO_BYTES, false)
    this.hasEnded = isLast
    const bytes = Buffer.from(piece.slice(0))
    this.#receivedBytes += bytes.length
    this.#waitingBytes += bytes.length
    this.#stream.write(bytes, () => {
      this.#waitingBytes -= bytes.length
      this.#setFlow()
    })
    if (isLast) this.#stream.end()
    this.#setFlow()
  }

  refuse(error: RestError): void {
    this.#body?.refuse(error)
  }

  onOver(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stream.destroy()
    this.#body?.onOver()
  }

  pause(): void {
    this.#isPaused = true
    this.#stream.pause()
    this.#setFlow()
  }

  resume(): void {
    this.#isPaused = false
    this.#stream.resume()
    this.#setFlow()
  }

  fail(error: RestError): void {
    this.#exchange.fail(error)
  }

  guard(work: () => void): void {
    this.#exchange.guard(work)
  }

  get #malformed(): string {
    return `The body is not complete and valid ${this.#coding}, which its Content-Encoding names.`
  }

  #pass(bytes: Buffer, body: RequestBody): void {
    this.#decodedBytes += bytes.length
    if (this.#decodedBytes > Math.max(FREE_BYTES, this.#receivedBytes * MAX_RATIO)) {
      this.#refuse(
        'PAYLOAD_TOO_LARGE',
        `The body is more than ${MAX_RATIO} times as large as its ${this.#coding}; the limit is this factor. Send it in another Content-Encoding, or in several requests.`,
      )
      return
    }
    // A buffer of node:zlib may be a part of a larger one.
    body.receive(new Uint8Array(bytes).buffer as ArrayBuffer, false)
  }

  #refuse(name: 'BAD_REQUEST' | 'PAYLOAD_TOO_LARGE', message: string): void {
    this.refuse(new RestError(name, message))
  }

  #setFlow(): void {
    if (this.#isOver) return
    if (this.#isPaused || this.#waitingBytes > MAX_WAITING_BYTES) this.#exchange.pause()
    else this.#exchange.resume()
  }
}
