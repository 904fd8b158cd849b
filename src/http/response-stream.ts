/**
 * A response that is sent piece by piece, at the pace of its reader. Pieces are another's memory:
 * they are not copied here, and are given back as soon as they may be overwritten.
 *
 * Rules of uWebSockets.js that this file obeys:
 *  1. write() in a cork copies to a cork buffer of 16 KiB. A write that does not fit flushes the
 *     buffer first. When the socket does not take all of the flushed bytes, uWebSockets.js keeps
 *     their rest and drops the bytes of the write; it returns false, as for bytes that it keeps. So
 *     each cork has one write that fits, and the head has a cork of its own. A request's handler runs in
 *     a cork of uWebSockets.js, which these would not end: pieces are sent later than that.
 *  2. The end of a cork copies what the socket does not take to a second, unbounded buffer, and
 *     reports nothing. The next write() returns false when that buffer is not empty, and adds its
 *     bytes to it. So at most two slices are there, and the third waits for onWritable.
 *  3. With an onWritable handler uWebSockets.js empties that buffer only when something is written,
 *     or at the end of a cork. So each onWritable begins with an empty cork, and continues with a
 *     small write that finds out whether the buffer is empty now.
 *  4. end() does not report when its bytes are sent. So the last bytes of a response are held back,
 *     and the end is written when the socket has all bytes before them. A piece whose reader is behind
 *     leaves some of its bytes for this purpose, because the last piece may be one bracket.
 *  5. tryEnd() keeps nothing of a body that does not fit: onWritable offers the rest again. A rest
 *     that fits the cork buffer counts as sent, so that the last byte is offered alone.
 */
import type { RestError } from '../errors.ts'
import type { Transfer, TransferLimits } from './watchdog.ts'

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
  /** Keeps uWebSockets.js from closing the connection for the next ten seconds. */
  keepAlive(): void
}

interface Piece {
  readonly bytes: Uint8Array
  readonly last: boolean
  readonly taken: () => void
  sent: number
}

const EMPTY = new Uint8Array(0)

/** Fits the cork buffer together with the framing of a chunk (rule 1). */
const SLICE_BYTES = 15 * 1024
/** Held back of each piece, so that something is left to ask with at the end (rule 4). */
const HELD_BYTES = 64
/** A body that is sent whole and is larger has its last byte offered alone (rule 5). */
const SMALL_BYTES = 4096
/** Small, so that the write does not fill the buffer whose end is awaited (rule 3). */
const PROBE_BYTES = 512

/** See the rules at the top of this file. Pieces go out in the order in which they came. */
export class ResponseStream implements Transfer {
  /** Of the body: handed to uWebSockets.js so far. */
  bytes = 0

  readonly #owner: StreamOwner
  #res: RawResponse | undefined
  readonly #pieces: Piece[] = []
  /** A copy of the last bytes of the newest piece. */
  #held: Uint8Array = EMPTY
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
    this.#sendHeld()
    const end = Math.max(bytes.length - HELD_BYTES, 0)
    this.#held = Buffer.from(bytes.subarray(end)) // slice() of a Buffer copies nothing.
    this.#push(bytes.subarray(0, end), false, taken)
    this.#pump()
    this.#keepUp()
  }

  /** Sends the last piece, and calls `taken` when the socket has all of the response. */
  finish(bytes: Uint8Array, taken: () => void): void {
    this.#whole = !this.#started && this.#pieces.length === 0
    if (bytes.length < HELD_BYTES) {
      this.#push(Buffer.concat([this.#held, bytes]), true, taken)
    } else {
      this.#sendHeld()
      this.#push(bytes, true, taken)
    }
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

  /** Ends a stalled transfer. A slow reader is kept: uWebSockets.js gives 10 s to bytes that wait. */
  check(now: number, { idleTimeoutMs }: TransferLimits): void {
    if (this.isStalled(now, idleTimeoutMs)) this.close()
    else if (this.#started && this.#res) this.#owner.keepAlive()
  }

  /** The exchange says that the client is gone. */
  gone(): void {
    if (!this.#res) return
    this.#res = undefined
    this.#onGone()
  }

  #push(bytes: Uint8Array, last: boolean, taken: () => void): void {
    this.#pieces.push({ bytes, last, taken, sent: 0 })
  }

  #sendHeld(): void {
    if (this.#held.length > 0) this.#push(this.#held, false, () => {})
    this.#held = EMPTY
  }

  /** A reader that keeps up gets each piece whole, because the next one may come much later. */
  #keepUp(): void {
    if (this.#blocked || this.#held.length === 0) return
    this.#sendHeld()
    this.#pump()
  }

  #pump(): void {
    const res = this.#res
    if (!res) return
    if (this.#whole) {
      res.cork(() => {
        this.#start(res)
        this.#sendWhole(res, 0)
      })
      return
    }
    if (!this.#started) res.cork(() => this.#start(res))
    this.#sendPieces(res)
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
    if (!res) return
    this.#progressAt = performance.now()
    if (!this.#whole) {
      res.cork(() => {}) // Rule 3. The bytes may be of a piece whose successor is not there yet.
      if (this.#blocked) this.#sendPieces(res)
      this.#keepUp()
    } else if (this.#blocked) {
      this.#sendWhole(res, offset)
    }
  }

  /** Rule 5. */
  #sendWhole(res: RawResponse, offset: number): void {
    const piece = this.#pieces[0]
    if (!piece) return
    const { length } = piece.bytes
    const end = length > SMALL_BYTES ? length - 1 : length
    if (offset < end && !this.#offer(res, piece, offset, end)) return
    if (end < length && !this.#offer(res, piece, end, length)) return
    this.bytes += length
    this.#end(piece)
  }

  /** Returns whether uWebSockets.js has taken these bytes. */
  #offer(res: RawResponse, { bytes }: Piece, from: number, to: number): boolean {
    res.cork(() => {
      const [isTaken, isDone] = res.tryEnd(bytes.subarray(from, to), bytes.length)
      this.#blocked = to < bytes.length ? !isTaken : !isDone
    })
    return !this.#blocked
  }

  #sendPieces(res: RawResponse): void {
    for (let piece = this.#pieces[0]; piece && this.#res; piece = this.#pieces[0]) {
      this.#sendSome(res, piece)
      if (this.#blocked) return
    }
  }

  #sendSome(res: RawResponse, piece: Piece): void {
    if (piece.sent < piece.bytes.length) res.cork(() => this.#sendSlice(res, piece))
    else if (piece.last) res.cork(() => this.#finish(res, piece))
    if (piece.last || piece.sent < piece.bytes.length) return
    this.#pieces.shift()
    piece.taken()
  }

  #sendSlice(res: RawResponse, piece: Piece): void {
    const wasBlocked = this.#blocked
    const { bytes, sent } = piece
    const slice = bytes.subarray(sent, sent + this.#sizeOfNext(piece))
    this.#blocked = !res.write(slice)
    if (this.#blocked && !wasBlocked) this.#progressAt = performance.now()
    piece.sent += slice.length
    this.bytes += slice.length
    if (piece.last && piece.sent === bytes.length && !this.#blocked) this.#finish(res, piece)
  }

  #sizeOfNext({ bytes, sent, last }: Piece): number {
    const left = bytes.length - sent
    const most = this.#blocked ? PROBE_BYTES : SLICE_BYTES
    if (!last) return Math.min(left, most)
    if (left > HELD_BYTES) return Math.min(left - HELD_BYTES, most)
    // Each byte asks whether those before it are sent; when they are, all but the last byte follow.
    return this.#blocked || left === HELD_BYTES || left === 1 ? 1 : left - 1
  }

  #finish(res: RawResponse, piece: Piece): void {
    res.end()
    this.#end(piece)
  }

  #end(piece: Piece): void {
    this.#res = undefined
    piece.taken()
    this.#owner.onEnd()
  }
}
