/**
 * A response that is sent piece by piece, at the pace of its reader. The memory of a piece belongs to its
 * sender: it is not copied, and is given back as soon as it may be overwritten.
 */
import type { RestError } from '../errors.ts'
import type { Encoder } from './content-encoding.ts'
import type { Transfer, TransferLimits } from './watchdog.ts'

/** The part of uWebSockets.js's HttpResponse that a stream uses. */
export interface RawResponse {
  /** Bytes that are written during the call leave in as few segments as possible. */
  cork(callback: () => void): unknown
  /**
   * Writes as many bytes as the socket takes, and returns their number. The rest must be passed again
   * before anything else. With `totalSize`, the size of the whole body, the response has a
   * Content-Length and ends by itself; with 0 it is chunked.
   */
  tryWrite(bytes: Uint8Array, totalSize: number): number
  /** As tryWrite(), for chunks with their framing; for their content if takesChunks() is false. */
  tryWriteFramed(bytes: Uint8Array): number
  /** False for HTTP/1.0. */
  takesChunks(): boolean
  end(body?: string | Uint8Array, closeConnection?: boolean): unknown
  /** `handler` is called when the socket takes bytes again. */
  onWritable(handler: () => void): unknown
  /**
   * `handler` is called once after the end of the response: when the kernel has all of its bytes, or when
   * the connection was closed before.
   */
  onSent(handler: (isSent: boolean) => void): unknown
  close(): unknown
}

/** The exchange of a stream. */
export interface StreamOwner {
  /** Called before the first piece. Undefined if the body is not compressed. @param isWhole whether there is no other piece */
  openEncoder(bytes: number, isWhole: boolean): Encoder | undefined
  /** Writes status and headers, in a cork. */
  writeHead(): void
  /** Whether the connection ends behind the response. Asked at its end. */
  readonly isLast: boolean
  /** uWebSockets.js has the whole response: its object must not be used any more. */
  onWritten(): void
  /** The kernel has the whole response. */
  onEnd(): void
  /** Answers with an error response. Nothing was sent before. */
  respondWithError(error: RestError): void
  /** The connection was closed behind the end of the response, before the kernel had all of its bytes. */
  onCut(): void
}

interface Piece {
  bytes: Uint8Array
  readonly last: boolean
  readonly taken: () => void
  sent: number
}

/** Sends pieces in their order. */
export class ResponseStream implements Transfer {
  /** The bytes of the body that the socket has. */
  bytes = 0
  /** The records of the pieces; undefined if their sender counts none. */
  records: number | undefined

  readonly #owner: StreamOwner
  /** Whether the pieces are chunks with their framing. */
  readonly #isFramed: boolean
  /** Undefined when nothing more may be written. */
  #res: RawResponse | undefined
  readonly #pieces: Piece[] = []
  #encoder: Encoder | undefined
  #hasPieces = false
  #started = false
  /** The size of a response of one piece; 0 for others. */
  #totalSize = 0
  #blocked = false
  #isAborted = false
  #progressAt = performance.now()
  #onAborted: () => void = () => {}

  constructor(res: RawResponse, owner: StreamOwner, isFramed = false) {
    this.#res = res
    this.#owner = owner
    this.#isFramed = isFramed
  }

  /** Whether framed pieces have the framing of chunks: not for a client of HTTP/1.0. */
  get takesChunks(): boolean {
    return this.#res?.takesChunks() === true
  }

  /** `listener` is called when the client leaves before the end. Nothing may be sent afterwards. */
  set onAborted(listener: () => void) {
    this.#onAborted = listener
  }

  /** Sends a piece with `records` records. Calls `taken` when its memory is free and another piece may follow. */
  send(bytes: Uint8Array, taken: () => void, records?: number): void {
    this.#countRecords(records)
    this.#take(bytes, false, taken)
  }

  /**
   * Sends a framed piece with `records` records, whose memory is valid during the call: what the socket does not take is copied. Calls `taken`
   * when the socket has all of it.
   */
  sendBorrowed(bytes: Uint8Array, taken: () => void, records?: number): void {
    this.#countRecords(records)
    const piece = this.#push(bytes, false, taken)
    if (piece.sent === piece.bytes.length) return
    // The slice() of a Buffer is no copy.
    piece.bytes = new Uint8Array(piece.bytes.subarray(piece.sent))
    piece.sent = 0
  }

  /** Sends the last piece. Calls `taken` when the kernel has the whole response. */
  finish(bytes: Uint8Array, taken: () => void, records?: number): void {
    this.#countRecords(records)
    this.#take(bytes, true, taken)
  }

  /** Answers with an error of its sender; closes the connection if a part of the response was sent. */
  fail(error: RestError): void {
    // The pieces that an encoder has are not taken any more.
    if (this.#answerWith(error) && this.#hasPieces) this.#onAborted()
  }

  /** As fail(), for an error that its sender does not know of. The sender is told as if the client had left. */
  cut(error: RestError): void {
    if (this.#answerWith(error)) this.#onAborted()
  }

  /** Closes the connection. The client has received an incomplete response. */
  close(): void {
    // uWebSockets.js calls onAborted, which calls abort().
    this.#res?.close()
  }

  /** Whether the client has taken nothing for `timeoutMs`. */
  isStalled(now: number, timeoutMs: number): boolean {
    return this.#blocked && now - this.#progressAt > timeoutMs
  }

  /** Ends a stalled transfer. */
  check(now: number, { idleTimeoutMs }: TransferLimits): void {
    if (this.isStalled(now, idleTimeoutMs)) this.close()
  }

  /** The client has left. */
  abort(): void {
    if (!this.#res) return
    this.#isAborted = true
    this.#res = undefined
    this.#encoder?.close()
    this.#onAborted()
  }

  /** Returns whether the error is the response. Otherwise nothing more is written, or abort() follows. */
  #answerWith(error: RestError): boolean {
    if (!this.#res) return false
    if (this.#started) {
      this.close()
      return false
    }
    this.#res = undefined
    this.#encoder?.close()
    this.#owner.respondWithError(error)
    return true
  }

  #countRecords(records: number | undefined): void {
    if (records !== undefined) this.records = (this.records ?? 0) + records
  }

  #take(bytes: Uint8Array, last: boolean, taken: () => void): void {
    if (!this.#hasPieces) {
      this.#hasPieces = true
      this.#encoder = this.#isFramed ? undefined : this.#owner.openEncoder(bytes.length, last)
    }
    if (this.#encoder) {
      this.#encoder.encode(bytes, last, (encoded) => this.#push(encoded, last, taken))
    } else {
      this.#push(bytes, last, taken)
    }
  }

  #push(bytes: Uint8Array, last: boolean, taken: () => void): Piece {
    if (last && !this.#started && !this.#isFramed) this.#totalSize = bytes.length
    const piece = { bytes, last, taken, sent: 0 }
    this.#pieces.push(piece)
    if (!this.#blocked) this.#pump()
    return piece
  }

  #pump(): void {
    const res = this.#res
    if (!res) return
    res.cork(() => {
      if (!this.#started) this.#start(res)
      this.#sendPieces(res)
    })
  }

  #start(res: RawResponse): void {
    this.#started = true
    this.#owner.writeHead()
    res.onWritable(() => {
      this.#progressAt = performance.now()
      this.#blocked = false
      this.#pump()
    })
  }

  #sendPieces(res: RawResponse): void {
    for (let piece = this.#pieces[0]; piece && this.#res; piece = this.#pieces[0]) {
      if (piece.last) res.onSent((isSent) => this.#onSent(isSent, piece))
      if (!this.#isTaken(res, piece)) return
      this.#pieces.shift()
      if (piece.last) this.#end(res)
      else piece.taken()
    }
  }

  /** Writes the rest of a piece. Returns whether the socket has taken all of it. */
  #isTaken(res: RawResponse, piece: Piece): boolean {
    const { bytes } = piece
    if (piece.sent === bytes.length) return true
    const rest = bytes.subarray(piece.sent)
    const taken = this.#isFramed ? res.tryWriteFramed(rest) : res.tryWrite(rest, this.#totalSize)
    this.#count(piece, piece.sent + taken)
    if (piece.sent === bytes.length) return true
    this.#blocked = true
    this.#progressAt = performance.now()
    return false
  }

  #end(res: RawResponse): void {
    this.#res = undefined
    const { isLast } = this.#owner
    this.#owner.onWritten()
    if (this.#totalSize === 0) res.end('', isLast)
  }

  #count(piece: Piece, sent: number): void {
    if (sent <= piece.sent) return
    this.bytes += sent - piece.sent
    piece.sent = sent
  }

  #onSent(isSent: boolean, piece: Piece): void {
    if (isSent) {
      // tryWrite() has not returned yet if the kernel took all at once.
      this.#count(piece, piece.bytes.length)
      piece.taken()
      this.#owner.onEnd()
    } else if (!this.#isAborted) {
      // Otherwise the client has left before the socket had the last piece, and the owner knows.
      this.#onAborted()
      this.#owner.onCut()
    }
  }
}
