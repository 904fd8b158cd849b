/**
 * A response that is sent piece by piece, at the pace of its reader. The memory of a piece belongs to its
 * sender: it is not copied, and is given back as soon as it may be overwritten.
 *
 * This file follows these rules of uWebSockets.js:
 *  1. write() in a cork copies to a cork buffer of 16 KiB. A write that does not fit flushes the
 *     buffer first. When the socket does not take all of the flushed bytes, uWebSockets.js keeps
 *     their rest and drops the bytes of the write; it returns false, as for bytes that it keeps. So
 *     each cork has one write that fits, and the head has a cork of its own. A request's handler runs in
 *     a cork of uWebSockets.js, which inner corks do not end: pieces are sent after the handler returns.
 *  2. The end of a cork copies the bytes that the socket does not take to a second, unbounded buffer, and
 *     reports nothing. The next write() returns false when that buffer is not empty, and adds its
 *     bytes to it. So the buffer has at most two slices, and the third waits for onWritable.
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

/** The part of uWebSockets.js's HttpResponse that a stream uses. */
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

/** The exchange of a stream. */
export interface StreamOwner {
  /** Writes status and headers, in a cork. */
  writeHead(): void
  /** The response is complete, or its connection is closed. */
  onEnd(): void
  /** Answers with an error response. Nothing was sent before. */
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

/** The largest write: it fits the cork buffer together with the framing of a chunk (rule 1). */
const SLICE_BYTES = 15 * 1024
/** The bytes of each piece that are held back, for the writes at the end that test for progress (rule 4). */
const HELD_BYTES = 64
/** The last byte of a larger complete body is offered alone (rule 5). */
const SMALL_BYTES = 4096
/** The size of a write to a blocked socket: it must not fill the buffer that is to become empty (rule 3). */
const PROBE_BYTES = 512

/** Sends pieces in their order. See the rules at the top of this file. */
export class ResponseStream implements Transfer {
  /** The bytes of the body that uWebSockets.js has. */
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
  #onAborted: () => void = () => {}

  constructor(res: RawResponse, owner: StreamOwner) {
    this.#res = res
    this.#owner = owner
  }

  /** `listener` is called when the client leaves before the end. Nothing may be sent afterwards. */
  set onAborted(listener: () => void) {
    this.#onAborted = listener
  }

  /** Sends a piece. Calls `taken` when its memory is free and another piece may follow. */
  send(bytes: Uint8Array, taken: () => void): void {
    this.#sendHeld()
    const end = Math.max(bytes.length - HELD_BYTES, 0)
    this.#held = Buffer.from(bytes.subarray(end)) // slice() of a Buffer copies nothing.
    this.#push(bytes.subarray(0, end), false, taken)
    this.#pump()
    this.#keepUp()
  }

  /** Sends the last piece. Calls `taken` when the socket has the whole response. */
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

  /** Answers with an error; closes the connection if a part of the response was sent. */
  fail(error: RestError): void {
    if (!this.#res) return
    if (this.#started) {
      this.close()
      return
    }
    this.#res = undefined
    this.#owner.respondWithError(error)
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

  /** Ends a stalled transfer. A slow reader is kept: uWebSockets.js gives 10 s to bytes that wait. */
  check(now: number, { idleTimeoutMs }: TransferLimits): void {
    if (this.isStalled(now, idleTimeoutMs)) this.close()
    else if (this.#started && this.#res) this.#owner.keepAlive()
  }

  /** The client has left. */
  abort(): void {
    if (!this.#res) return
    this.#res = undefined
    this.#onAborted()
  }

  #push(bytes: Uint8Array, last: boolean, taken: () => void): void {
    this.#pieces.push({ bytes, last, taken, sent: 0 })
  }

  #sendHeld(): void {
    if (this.#held.length > 0) this.#push(this.#held, false, () => {})
    this.#held = EMPTY
  }

  /** Sends the held bytes to a reader that keeps up, because the next piece may come much later. */
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
      res.cork(() => {}) // Rule 3. The next piece may not have come yet.
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

  /** Returns whether uWebSockets.js has taken the bytes. */
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
    // A write of one byte asks whether the bytes before it are sent; then all but the last byte follow.
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
