/**
 * Bodies on their way. Each is bounded in size, time and least rate. All together are bounded in
 * bytes: when there is no room for a piece, the bodies that come slower than its own are refused.
 */
import { RestError } from '../errors.ts'
import { type BodyCollector, type BodyWish, bodyTooLarge, FORGETFUL } from './body.ts'
import type { Exchange } from './exchange.ts'
import { type PaceLimits, UploadPace } from './upload-pace.ts'

/** What one body may take. */
export interface UploadLimits extends PaceLimits {
  /** How long it may take, however fast it comes. */
  readonly uploadTimeoutMs: number
}

interface Upload {
  readonly collector: BodyCollector
  readonly startedAt: number
  readonly pace: UploadPace
  bytes: number
}

/** The status of a collector that has no room now. */
const NO_ROOM = 429

/** All bodies of a server that arrive in pieces. */
export class Uploads<Services> {
  readonly #limits: UploadLimits
  readonly #uploads = new Map<Exchange<Services>, Upload>()

  constructor(limits: UploadLimits) {
    this.#limits = limits
  }

  /** Whether a piece of this body came before. */
  has(exchange: Exchange<Services>): boolean {
    return this.#uploads.has(exchange)
  }

  /** Takes a piece of a body. False when the request was refused instead. */
  append(exchange: Exchange<Services>, wish: BodyWish, chunk: ArrayBuffer): boolean {
    const now = performance.now()
    const upload = this.#uploads.get(exchange) ?? this.#start(exchange, wish, now)
    upload.bytes += chunk.byteLength
    upload.pace.add(chunk.byteLength, now)
    if (upload.bytes > wish.maxBytes) {
      refuseBody(exchange, bodyTooLarge(upload.bytes, wish))
      return false
    }
    let code = upload.collector.append(chunk)
    for (const slower of code === NO_ROOM ? this.#slowerThan(upload, now) : []) {
      refuseBody(slower, new RestError('TOO_MANY_REQUESTS', SLOWEST))
      code = upload.collector.append(chunk)
      if (code !== NO_ROOM) break
    }
    if (code === 0) return true
    refuseBody(exchange, RestError.ofCode(code, code === NO_ROOM ? TOO_MANY_BYTES : ''))
    return false
  }

  /** The body of an exchange that is not over. The caller releases it. */
  take(exchange: Exchange<Services>): BodyCollector | undefined {
    const upload = this.#uploads.get(exchange)
    this.#uploads.delete(exchange)
    return upload?.collector
  }

  /** Refuses those that come too slowly, and keeps uWebSockets.js from cutting the others. */
  watch(now: number): void {
    for (const [exchange, { pace, startedAt }] of this.#uploads) {
      if (pace.isTooSlow(now) || now - startedAt > this.#limits.uploadTimeoutMs) {
        refuseBody(exchange, new RestError('REQUEST_TIMEOUT'))
      } else {
        exchange.keepAlive()
      }
    }
  }

  #start(exchange: Exchange<Services>, wish: BodyWish, now: number): Upload {
    const upload = {
      collector: wish.collect(Number(exchange.contentLength) || 0),
      startedAt: now,
      pace: new UploadPace(now, this.#limits),
      bytes: 0,
    }
    this.#uploads.set(exchange, upload)
    return upload
  }

  /** The exchanges whose bodies hold memory and come slower, the slowest first. */
  #slowerThan(upload: Upload, now: number): Exchange<Services>[] {
    const rate = upload.pace.rate(now)
    return [...this.#uploads]
      .filter(([, { collector, bytes }]) => bytes > 0 && collector !== FORGETFUL)
      .map(([exchange, { pace }]) => ({ exchange, rate: pace.rate(now) }))
      .filter((each) => each.rate < rate)
      .sort((a, b) => a.rate - b.rate)
      .map(({ exchange }) => exchange)
  }
}

/** Answers while the body is still coming: the connection cannot be used after that. */
export function refuseBody<Services>(exchange: Exchange<Services>, error: RestError): void {
  exchange.closeConnection = true
  exchange.respondWithError(error)
}

const TOO_MANY_BYTES =
  'As many bytes of requests as sluice.request.arriving.max.bytes allows are arriving. Nothing of ' +
  'this request was written; try again later.'

const SLOWEST =
  'The requests that are arriving need more than sluice.request.arriving.max.bytes, and this one ' +
  'came slower than others. Nothing of it was written; try again later.'
