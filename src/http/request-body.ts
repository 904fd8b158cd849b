/**
 * One request body, from the head of its request to the end of its exchange. A new body is held: the
 * connection is paused, and the pieces that were already read are kept. When the request is admitted, the
 * body is collected for its handler, or streamed to it.
 */
import { RestError } from '../errors.ts'
import {
  type BodyBytes,
  type BodyCollector,
  type BodyReader,
  type BodyStream,
  bodyTooLarge,
  type ExpectedBody,
} from './body.ts'
import type { IncomingBody } from './exchange.ts'
import type { Rounds } from './rounds.ts'
import { UploadPace } from './upload-pace.ts'
import {
  type HoldingBody,
  SMALL_PIECE_BYTES,
  TINY_PIECE_BYTES,
  type UploadRoom,
} from './upload-room.ts'
import type { Transfer, Watchdog } from './watchdog.ts'

/** The exchange of a body. */
export interface BodyExchange {
  readonly contentLength: string
  readonly hasBody: boolean
  /** How long its connection has waited before it was read, by our will; in milliseconds. Does not fall. */
  readonly readWaitMs: number
  pause(): void
  resume(): void
  fail(error: RestError): void
  guard(work: () => void): void
}

/** The objects that the bodies of a server share. */
export interface BodyContext {
  readonly room: UploadRoom
  readonly watchdog: Watchdog
  readonly rounds: Rounds
  /** Creates the collector of a body. `announcedBytes` is its declared length, 0 without one. */
  readonly createCollector: (announcedBytes: number) => BodyCollector
}

const EMPTY_BODY = new ArrayBuffer(0)

/** See the top of this file. Owned by its exchange, which calls onOver(). */
export class RequestBody implements BodyStream, IncomingBody, HoldingBody, Transfer {
  /** Whether all of it was read from the connection. */
  hasEnded: boolean
  readonly #exchange: BodyExchange
  readonly #use: ExpectedBody
  readonly #context: BodyContext
  /** All bytes so far. */
  #bytes = 0
  #smallPieces = 0
  /** Set by the first piece that is not the whole body. */
  #pace: UploadPace | undefined
  #collector: BodyCollector | undefined
  #onComplete: ((body: BodyBytes) => void) | undefined
  #reader: BodyReader | undefined
  /** A piece of fewer bytes is a small one. */
  readonly #smallPieceBytes: number
  /** Neither held nor paused. */
  #isFlowing = false
  #isOver = false
  /** Since when the connection is paused. */
  #pausedAt: number | undefined
  /** The `readWaitMs` of the exchange that the pace allows for. */
  #allowedWaitMs = 0

  constructor(exchange: BodyExchange, use: ExpectedBody, context: BodyContext) {
    this.#exchange = exchange
    this.#use = use
    this.#context = context
    this.#smallPieceBytes = this.#isUnpaced ? TINY_PIECE_BYTES : SMALL_PIECE_BYTES
    this.hasEnded = !exchange.hasBody
  }

  get receivedBytes(): number {
    return this.#bytes
  }

  /** Admits the body. `onComplete` gets it as a whole, and releases a collector. */
  collect(onComplete: (body: BodyBytes) => void): void {
    this.#onComplete = onComplete
    this.resume()
  }

  read(reader: BodyReader): void {
    this.#reader = reader
    this.resume()
  }

  pause(): void {
    this.#isFlowing = false
    if (!this.hasEnded) this.#pauseConnection()
  }

  resume(): void {
    if (this.#isFlowing || this.#isOver) return
    this.#isFlowing = true
    this.#resumeConnection()
    this.#passHeldPieces()
    if (this.hasEnded && this.#isFlowing) this.#complete()
  }

  receive(piece: ArrayBuffer, isLast: boolean): void {
    if (this.#isOver) return
    const isWhole = isLast && this.#pace === undefined
    if (isWhole && this.#onComplete && this.#context.rounds.hasTime) {
      this.#receiveWhole(piece, this.#onComplete)
      return
    }
    const error = this.#add(piece)
    if (error) this.refuse(error)
    else if (!isLast) this.#isFlowing || this.#pauseConnection()
    else this.#end()
  }

  refuse(error: RestError): void {
    const reader = this.#reader
    if (!reader?.onRefused) {
      this.#exchange.fail(error)
      return
    }
    this.#reader = undefined
    this.#isOver = true
    this.#release()
    reader.onRefused(error)
  }

  paceAt(now: number): number {
    return (this.#pace?.rate(now) ?? 0) / this.#bytes
  }

  check(now: number): void {
    if (this.#pausedAt !== undefined || this.hasEnded || !this.#pace?.isTooSlow(now)) return
    const { readWaitMs } = this.#exchange
    this.#pace.extend(readWaitMs - this.#allowedWaitMs)
    this.#allowedWaitMs = readWaitMs
    if (this.#pace.isTooSlow(now)) this.refuse(new RestError('REQUEST_TIMEOUT'))
  }

  onOver(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#release()
    const reader = this.#reader
    this.#reader = undefined
    if (reader) this.#exchange.guard(() => reader.onAborted())
  }

  /** A body in one piece is used where it lies. */
  #receiveWhole(piece: ArrayBuffer, onComplete: (body: BodyBytes) => void): void {
    const { byteLength } = piece
    if (byteLength > this.#use.maxBytes) {
      this.refuse(bodyTooLarge(byteLength, this.#use))
      return
    }
    this.hasEnded = true
    this.#bytes = byteLength
    onComplete(piece)
  }

  /** Counts a piece and takes it. Returns the error that the request is answered with instead. */
  #add(piece: ArrayBuffer): RestError | undefined {
    const now = performance.now()
    const { byteLength } = piece
    this.#bytes += byteLength
    this.#paceFrom(now).add(byteLength, now)
    if (byteLength < this.#smallPieceBytes) {
      const error = this.#context.room.countSmallPiece(++this.#smallPieces)
      if (error) return error
    }
    if (this.#bytes > this.#use.maxBytes) return bodyTooLarge(this.#bytes, this.#use)
    return this.#take(piece, now)
  }

  #take(piece: ArrayBuffer, now: number): RestError | undefined {
    if (this.#use.kind === 'ignored') return undefined
    if (this.#reader && this.#isFlowing) {
      this.#reader.onPiece(piece)
      return undefined
    }
    const { room, createCollector } = this.#context
    this.#collector ??= createCollector(Number(this.#exchange.contentLength) || 0)
    return room.append(this, this.#collector, piece, now)
  }

  #paceFrom(now: number): UploadPace {
    if (!this.#pace) {
      this.#pace = new UploadPace(now, this.#context.watchdog.limits)
      this.#allowedWaitMs = this.#exchange.readWaitMs
      if (!this.#isUnpaced) this.#context.watchdog.add(this)
    }
    return this.#pace
  }

  get #isUnpaced(): boolean {
    return this.#use.kind === 'stream' && this.#use.isUnpaced === true
  }

  #end(): void {
    if (this.#isOver) return
    this.hasEnded = true
    if (this.#isFlowing) this.#complete()
  }

  #complete(): void {
    if (!this.#reader) {
      this.#context.rounds.run(() => this.#exchange.guard(() => this.#passWhole()))
      return
    }
    const reader = this.#reader
    this.#reader = undefined
    this.#leaveWatchdog()
    reader.onEnd()
  }

  #passWhole(): void {
    if (this.#isOver) return
    const body = this.#collector ?? EMPTY_BODY
    this.#collector = undefined
    this.#context.room.delete(this)
    this.#leaveWatchdog()
    this.#onComplete?.(body)
  }

  #leaveWatchdog(): void {
    this.#context.watchdog.delete(this)
  }

  #release(): void {
    this.#dropCollector()
    this.#leaveWatchdog()
  }

  #passHeldPieces(): void {
    if (!this.#reader || !this.#collector) return
    const held = this.#collector.bytes()
    this.#dropCollector()
    this.#reader.onPiece(held)
  }

  #dropCollector(): void {
    this.#collector?.release()
    this.#collector = undefined
    this.#context.room.delete(this)
  }

  #pauseConnection(): void {
    if (this.#pausedAt !== undefined) return
    this.#pausedAt = performance.now()
    this.#exchange.pause()
  }

  #resumeConnection(): void {
    if (this.#pausedAt === undefined) return
    this.#pace?.postpone(performance.now() - this.#pausedAt)
    this.#pausedAt = undefined
    this.#exchange.resume()
  }
}
