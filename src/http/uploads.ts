/**
 * Bodies on their way. Each is bounded in size, time and least rate. All together are bounded in
 * bytes: when there is no room for a piece, the bodies that come slower than its own are refused.
 * Slow means little of late for what a body holds: a large body that stalls is slow at once, however
 * fast it came before, and a small one that just began is not.
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
  crumbs: number
}

/** Pieces of fewer bytes, which chunks have, cost as much as large ones and are counted. */
const CRUMB_BYTES = 128
/** Of one body, for which nobody is refused. */
const FREE_CRUMBS = 500
/** Of all bodies, in one round of the event loop. */
const MAX_CRUMBS = 5000

/** The status of a collector that has no room now. */
const NO_ROOM = 429

/** All bodies of a server that arrive in pieces. */
export class Uploads<Services> {
  readonly #limits: UploadLimits
  readonly #uploads = new Map<Exchange<Services>, Upload>()
  /** In this round of the event loop. */
  #crumbs = 0

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
    if (this.#isCrumbTooMany(upload, chunk)) {
      refuseBody(exchange, new RestError('TOO_MANY_REQUESTS', CRUMBS))
      return false
    }
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
      crumbs: 0,
    }
    this.#uploads.set(exchange, upload)
    return upload
  }

  /** A kilobyte of chunks of one byte is a hundred calls, and the kernel may have 512 KiB ready. */
  #isCrumbTooMany(upload: Upload, { byteLength }: ArrayBuffer): boolean {
    if (byteLength >= CRUMB_BYTES) return false
    if (this.#crumbs++ === 0) {
      setImmediate(() => {
        this.#crumbs = 0
      })
    }
    return ++upload.crumbs > FREE_CRUMBS && this.#crumbs > MAX_CRUMBS
  }

  /** The exchanges whose bodies hold memory and come slower, the slowest first. */
  #slowerThan(upload: Upload, now: number): Exchange<Services>[] {
    const shareOfLate = ({ pace, bytes }: Upload) => pace.rate(now) / bytes
    const own = shareOfLate(upload)
    return [...this.#uploads]
      .filter(([, { collector, bytes }]) => bytes > 0 && collector !== FORGETFUL)
      .map(([exchange, each]) => ({ exchange, share: shareOfLate(each) }))
      .filter(({ share }) => share < own)
      .sort((a, b) => a.share - b.share)
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

const CRUMBS =
  'The body comes in very small chunks, more of them than there is time for now. Nothing of this ' +
  `request was written; send chunks of at least ${CRUMB_BYTES} bytes, or try again later.`

const SLOWEST =
  'The requests that are arriving need more than sluice.request.arriving.max.bytes, and this one ' +
  'came slower than others. Nothing of it was written; try again later.'
