/**
 * A response that is sent piece by piece, at the pace of its reader. Pieces are another's memory:
 * they are not copied here, and are given back as soon as they may be overwritten.
 *
 * What uWebSockets.js does with write(), and what is made of it:
 *  1. write() always takes all of its bytes: what the socket does not take, it copies to a buffer
 *     of its own, and returns false. So a piece can be given back at once, but the next must wait.
 *  2. With an onWritable handler it empties its buffer only when something is written, or at the
 *     end of a cork. So each onWritable begins with an empty cork.
 *  3. It does not say when its buffer is empty. So a little of what is to come is written to
 *     probe: false again means that it is not.
 *  4. end() does not say when its bytes are sent. So some bytes of the last piece are held back, to
 *     probe with, and the end is written when the rest is known to be with the socket.
 *  5. tryEnd() copies nothing: what it did not take is offered again from onWritable.
 */
import type { RestError } from '../errors.ts'

/** What is used of uWebSockets.js's HttpResponse. */
export interface RawResponse {
  cork(callback: () => void): unknown
  write(bytes: Uint8Array): boolean
  tryEnd(bytes: Uint8Array, totalSize: number): [ok: boolean, done: boolean]
  end(body?: string | Uint8Array, closeConnection?: boolean): unknown
  onWritable(handler: (offset: number) => boolean): unknown
  close(): unknown
  pause(): unknown
  resume(): unknown
}

/** What a stream needs of its exchange. */
export interface StreamOwner {
  /** Writes status and headers, corked. */
  writeHead(): void
  /** The response is complete, or its connection is closed. */
  onEnd(): void
  /** Nothing was sent: an ordinary error response. */
  respondWithError(error: RestError): void
}

interface Piece {
  readonly bytes: Uint8Array
  readonly last: boolean
  readonly taken: () => void
  sent: number
}

/** Held back from the last piece (rule 4). */
const TAIL_BYTES = 4096
/** Small, so that probing does not fill the buffer that is to be emptied (rule 3). */
const PROBE_BYTES = 512

/** See the rules at the top of this file. Pieces go out in the order in which they came. */
export class ResponseStream {
  /** Of the body: handed to uWebSockets.js so far. */
  bytes = 0

  readonly #owner: StreamOwner
  #res: RawResponse | undefined
  readonly #pieces: Piece[] = []
  #started = false
  #whole = false
  #blocked = false
  #progressAt = performance.now()
  #onGone: () => void = () => {}

  constructor(res: RawResponse, owner: StreamOwner) {
    this.#res = res
    this.#owner = owner
  }

  /** `listener` is called when the client leaves before the end; nothing may be sent then. */
  set onGone(listener: () => void) {
    this.#onGone = listener
  }

  /** Sends a piece, and calls `taken` when its memory is free and another piece may follow. */
  send(bytes: Uint8Array, taken: () => void): void {
    this.#pieces.push({ bytes, last: false, taken, sent: 0 })
    this.#pump()
  }

  /** Sends the last piece, and calls `taken` when the socket has all of the response. */
  finish(bytes: Uint8Array, taken: () => void): void {
    this.#whole = !this.#started && this.#pieces.length === 0
    this.#pieces.push({ bytes, last: true, taken, sent: 0 })
    this.#pump()
  }

  /** An error response; or, when some of another was sent already, the end of the connection. */
  fail(error: RestError): void {
    if (!this.#res) return
    if (this.#started) {
      this.close()
      return
    }
    this.#res = undefined
    this.#owner.respondWithError(error)
  }

  /** Ends the connection. What was sent is not valid JSON, and the client sees that. */
  close(): void {
    // uWebSockets.js answers with onAborted, and that calls gone().
    this.#res?.close()
  }

  /** Whether the client took nothing for so long. */
  isStalled(now: number, timeoutMs: number): boolean {
    return this.#blocked && now - this.#progressAt > timeoutMs
  }

  /** Keeps uWebSockets.js from cutting a slow reader: it gives 10 s to a failed write. */
  keepAlive(): void {
    if (!this.#blocked) return
    this.#res?.pause()
    this.#res?.resume()
  }

  /** The exchange says that the client is gone. */
  gone(): void {
    if (!this.#res) return
    this.#res = undefined
    this.#onGone()
  }

  #pump(): void {
    const res = this.#res
    if (!res) return
    res.cork(() => {
      if (!this.#started) this.#start(res)
      if (this.#whole) this.#sendWhole(res, 0)
      else this.#sendPieces(res)
    })
  }

  #start(res: RawResponse): void {
    this.#started = true
    this.#owner.writeHead()
    res.onWritable((offset) => {
      this.#onWritable(offset)
      return true
    })
  }

  #onWritable(offset: number): void {
    const res = this.#res
    if (!res || !this.#blocked) return
    this.#progressAt = performance.now()
    if (this.#whole) {
      res.cork(() => this.#sendWhole(res, offset))
      return
    }
    res.cork(() => {}) // Rule 2.
    res.cork(() => this.#sendPieces(res))
  }

  /** Rule 5. */
  #sendWhole(res: RawResponse, offset: number): void {
    const piece = this.#pieces[0]
    if (!piece) return
    const [, done] = res.tryEnd(piece.bytes.subarray(offset), piece.bytes.length)
    this.#blocked = !done
    if (!done) return
    this.bytes += piece.bytes.length
    this.#end(piece)
  }

  #sendPieces(res: RawResponse): void {
    let piece = this.#pieces[0]
    while (piece && this.#sendFrom(res, piece)) {
      this.#pieces.shift()
      piece.taken()
      if (this.#blocked) return
      piece = this.#pieces[0]
    }
  }

  /** Returns whether the next piece may be looked at. */
  #sendFrom(res: RawResponse, piece: Piece): boolean {
    for (let left = piece.bytes.length - piece.sent; left > 0; ) {
      this.#write(res, piece, this.#sizeOfNext(piece, left))
      left = piece.bytes.length - piece.sent
      // uWebSockets.js has the bytes either way; only a last piece must wait for them to be sent.
      if (this.#blocked && (piece.last || left > 0)) return false
    }
    if (!piece.last) return true
    res.end()
    this.#end(piece)
    return false
  }

  #sizeOfNext(piece: Piece, left: number): number {
    if (this.#blocked) return Math.min(left, PROBE_BYTES) // Rule 3.
    return piece.last && left > TAIL_BYTES ? left - TAIL_BYTES : left // Rule 4.
  }

  #write(res: RawResponse, piece: Piece, size: number): void {
    const wasBlocked = this.#blocked
    this.#blocked = !res.write(piece.bytes.subarray(piece.sent, piece.sent + size))
    if (this.#blocked && !wasBlocked) this.#progressAt = performance.now()
    piece.sent += size
    this.bytes += size
  }

  #end(piece: Piece): void {
    this.#res = undefined
    piece.taken()
    this.#owner.onEnd()
  }
}
