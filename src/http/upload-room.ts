/**
 * The memory and the time that arriving bodies share. When the memory is full and a body needs more, slower
 * bodies are refused. The rate of a body is the number of its recent bytes divided by its received bytes: a
 * large body that stalls is slow at once, regardless of its former rate; a small new body is not.
 */
import { RestError } from '../errors.ts'
import type { BodyCollector } from './body.ts'

/** A body that holds memory. */
export interface HoldingBody {
  /** Its recent rate divided by the bytes that it has received. */
  paceAt(now: number): number
  /** Answers with an error, and frees the memory. */
  refuse(error: RestError): void
}

/** Pieces of fewer bytes (a chunk may have one) cost as much as large ones, and are counted. */
export const SMALL_PIECE_BYTES = 128
/** The same for a body of small records, each of which may be a piece: the smallest record is longer. */
export const TINY_PIECE_BYTES = 32
/** A body with no more small pieces is never refused for them. */
const FREE_SMALL_PIECES = 500
/** All bodies together, in one round of the event loop. */
const MAX_SMALL_PIECES = 5000

/** The code of a collector whose budget is spent. */
const NO_ROOM = 429

/** The shared limits of all arriving bodies of a server. */
export class UploadRoom {
  readonly #holders = new Set<HoldingBody>()
  /** The number of small pieces in this round of the event loop. */
  #smallPieces = 0

  /** Adds a piece of `body` to its collector. Returns the error when there is no room for it. */
  append(
    body: HoldingBody,
    collector: BodyCollector,
    piece: ArrayBuffer,
    now: number,
  ): RestError | undefined {
    this.#holders.add(body)
    let code = collector.append(piece)
    for (const slower of code === NO_ROOM ? this.#slowerThan(body, now) : []) {
      slower.refuse(new RestError('TOO_MANY_REQUESTS', SLOWEST))
      code = collector.append(piece)
      if (code !== NO_ROOM) break
    }
    if (code === 0) return undefined
    return RestError.ofCode(code, code === NO_ROOM ? TOO_MANY_BYTES : '')
  }

  /** The body holds nothing any more. */
  delete(body: HoldingBody): void {
    this.#holders.delete(body)
  }

  /**
   * Counts a small piece of a body that has had `count` of them. Returns the error when there is no time
   * for it: a kilobyte of chunks of one byte is a hundred calls, and the kernel may have 512 KiB ready.
   */
  countSmallPiece(count: number): RestError | undefined {
    if (this.#smallPieces++ === 0) {
      setImmediate(() => {
        this.#smallPieces = 0
      })
    }
    if (count <= FREE_SMALL_PIECES || this.#smallPieces <= MAX_SMALL_PIECES) return undefined
    return new RestError('TOO_MANY_REQUESTS', SMALL_PIECES)
  }

  /** The bodies that arrive slower, the slowest first. */
  #slowerThan(body: HoldingBody, now: number): HoldingBody[] {
    const own = body.paceAt(now)
    return [...this.#holders]
      .map((holder) => ({ holder, pace: holder.paceAt(now) }))
      .filter(({ pace }) => pace < own)
      .sort((a, b) => a.pace - b.pace)
      .map(({ holder }) => holder)
  }
}

const TOO_MANY_BYTES =
  'The arriving requests use all of sluice.request.arriving.max.bytes. Nothing of this request was ' +
  'written; try again later.'

const SMALL_PIECES =
  'The body arrives in very small chunks, and the server has no time for more of them. Nothing of this ' +
  `request was written; send chunks of at least ${SMALL_PIECE_BYTES} bytes, or try again later.`

const SLOWEST =
  'The arriving requests exceed sluice.request.arriving.max.bytes, and this one arrived slower than ' +
  'the others. Nothing of it was written; try again later.'
